"""Jobs: what takes longer than a request may, done in the background by whichever replica."""
