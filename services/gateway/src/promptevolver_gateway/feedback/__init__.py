"""Feedback: what people may say, and what runs take along of it."""
