"""Runs candidates on examples and scores what they answer."""
