"""Lists: filtered, sorted, with the columns asked for, in pages or as one stream."""
