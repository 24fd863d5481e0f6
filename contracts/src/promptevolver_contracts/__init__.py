"""What the services say to one another: messages, subjects, streams. Imports pydantic alone."""
