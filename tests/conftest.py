"""Shared fixtures. Test objects live in tests/support; nothing imports from here."""

pytest_plugins = ["support.nats", "support.postgres"]
