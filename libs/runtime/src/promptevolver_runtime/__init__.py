"""How a service runs: settings, logs, telemetry, broker, fenced append, worker, health."""
