"""Exports: all entries that a filter lets through, as a file, however many there are."""
