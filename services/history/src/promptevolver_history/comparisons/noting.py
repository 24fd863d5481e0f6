"""What a reader of a comparison should bear in mind. Pure."""

from collections.abc import Collection, Iterator, Sequence

from promptevolver_contracts.datasets import Split

from promptevolver_history.comparisons.sheets import Loaded


def notes(loaded: Sequence[Loaded], splits: Collection[Split]) -> Iterator[str]:
    """Tell what holds for runs that are compared on these splits, whatever is compared."""
    if any(each.simulated for each in loaded):
        yield "Answers of a simulated provider: the numbers say nothing about real models."
    searched = [split for split in ("train", "validation") if split in splits]
    if searched and any(each.kind == "optimization" for each in loaded):
        what = "splits were" if len(searched) > 1 else "split was"
        yield (
            f"The {' and '.join(searched)} {what} searched on: a winner was chosen there by luck "
            "as well as by merit, so its score is too high. Claim only what the test split shows."
        )
    if not all(each.finished for each in loaded):
        yield "A run goes on: means may change, and no test is made before all have ended."
