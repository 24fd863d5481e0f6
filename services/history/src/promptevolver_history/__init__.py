"""Keeps every event in Postgres and answers queries; alone in touching the database."""
