"""The embedded stack for development and CI, and the simulated provider."""
