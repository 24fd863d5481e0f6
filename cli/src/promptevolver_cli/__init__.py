"""The `promptevolver` command and the Python client, over the HTTP API alone."""
