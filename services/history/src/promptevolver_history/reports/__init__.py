"""Reports: a run, or runs compared, as a document for people who decide."""
