"""The HTTP routes: thin, one module for each resource."""
