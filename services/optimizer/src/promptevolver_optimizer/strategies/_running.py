"""How long a strategy without a fixed number of steps goes on."""

from collections.abc import Awaitable, Callable

from promptevolver_optimizer.archive import Archive
from promptevolver_optimizer.search import Plan, Search, Slot, Trial


async def evolve_until_stalled(
    search: Search,
    step: Callable[[Slot], Awaitable[Trial]],
    *,
    plan: Plan,
    steps: int | None,
    patience: int,
) -> None:
    """Run steps until their number, the budget, a perfect score or a stall ends it.

    Stalled is a search whose best candidate stayed the same over `patience` steps in a row,
    counted in blocks of that many.
    """
    done = 0
    while steps is None or done < steps:
        block = patience if steps is None else min(patience, steps - done)
        before = search.archive.best.id
        count = await search.evolve(step, steps=block, plan=plan, until=perfect)
        done += count
        if count < block or search.archive.best.id == before:
            return


def perfect(archive: Archive) -> bool:
    """Whether nothing is left to gain on the validation split."""
    return archive.best.sheet.mean >= 1
