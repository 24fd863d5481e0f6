"""The filter language's text spelling: read, write, and faults that point at their place."""

from promptevolver_gateway.filters.parser import FilterFault, parse
from promptevolver_gateway.filters.printer import spell

__all__ = ["FilterFault", "parse", "spell"]
