"""One run from all sides, as the API answers it."""
