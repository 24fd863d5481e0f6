"""Datasets: contents by their hash for runs, and what comes in and goes out as files."""

from promptevolver_gateway.datasets.contents import (
    PAGE_BYTES,
    DatasetStore,
    common_inputs,
    pages,
    too_large,
)

__all__ = ["PAGE_BYTES", "DatasetStore", "common_inputs", "pages", "too_large"]
