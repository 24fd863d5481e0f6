"""Templates: programs and run configurations with parameters, ready to run."""
