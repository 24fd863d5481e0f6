"""Imports: runs and prompts that another project or installation has exported."""
