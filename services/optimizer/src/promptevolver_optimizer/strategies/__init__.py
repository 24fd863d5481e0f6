"""Strategies: one module each, found by looking; adding one is adding a file.

A module has a docstring (idea, paper, what differs from the reference and why), a model `Params`,
`async def run(search, params)`, and says by `MUTATES` whether it makes candidates. Modules whose
name starts with `_` are what strategies share.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from promptevolver_optimizer.search import Search
from promptevolver_optimizer.strategies._params import StrategyParams


@dataclass(frozen=True, slots=True)
class StrategyKind:
    """A strategy by its name."""

    name: str
    params: type[StrategyParams]
    run: Callable[[Search, Any], Awaitable[None]]
    doc: str
    mutates: bool
    """Whether it looks for better candidates at all."""


@cache
def registry() -> Mapping[str, StrategyKind]:
    """Give all strategies by name; read-only."""
    names = sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_"))
    return MappingProxyType({name: _kind(name) for name in names})


def _kind(name: str) -> StrategyKind:
    module = import_module(f"{__name__}.{name}")
    doc = cleandoc(module.__doc__ or "")
    return StrategyKind(name, module.Params, module.run, doc, mutates=module.MUTATES)


__all__ = ["StrategyKind", "StrategyParams", "registry"]
