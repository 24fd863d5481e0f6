"""Webhooks: what may be asked for, and where they may lead."""
