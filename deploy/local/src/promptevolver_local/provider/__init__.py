"""A simulated, OpenAI-compatible provider for development, tests and benchmarks."""
