"""Exports, reports and imports as the API takes and answers them."""
