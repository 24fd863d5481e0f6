"""HTTP in, messages out: requests, controls, queries and live events."""
