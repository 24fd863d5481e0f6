"""The registry of prompts as callers see it: bodies, answers, differences, rendering."""
