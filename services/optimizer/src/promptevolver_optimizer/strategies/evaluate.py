"""Score the original as it is; nothing is mutated.

For a run that wants to know how good a program is: its examples are scored before any strategy is
asked, so that this one has nothing left to do.
"""

from promptevolver_optimizer.search import Search
from promptevolver_optimizer.strategies._params import StrategyParams

MUTATES = False


class Params(StrategyParams):
    """There is nothing to set."""


async def run(search: Search, params: Params) -> None:
    """End at once: the original has its scores."""
