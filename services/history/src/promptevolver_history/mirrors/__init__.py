"""Copies of runs in an MLflow tracking server, for as long as one is configured."""
