"""One side of a comparison: a run with what it scored and how its repeats differ. Pure."""

from promptevolver_contracts import comparisons as told
from promptevolver_statistics import flakiness, pass_at_k, pass_hat_k, variance_split

from promptevolver_history.comparisons.sheets import Cell, Sheet

_KS = (1, 2, 3, 5, 10, 20)


def described(of: Sheet, expected: int) -> told.Side:
    """Describe a side; `expected` is the number of examples that it should have."""
    loaded, cells = of.loaded, of.cells.values()
    return told.Side(
        run_id=loaded.run_id,
        name=loaded.name,
        kind=loaded.kind,
        state=loaded.state,
        strategy=loaded.request.strategy.name,
        program=loaded.request.program.name,
        model=loaded.request.models.task.model,
        simulated=loaded.simulated,
        candidate_id=loaded.candidate_id,
        dataset_id=loaded.request.dataset.id,
        dataset=loaded.request.dataset.name,
        examples=len(cells),
        outcomes=sum(len(cell.answers) for cell in cells),
        candidate_faults=sum(cell.faults for cell in cells),
        missing=max(0, expected - len(cells)),
        repeats=_repeats([cell for cell in cells if len(cell.answers) > 1], list(cells)),
    )


def _repeats(repeated: list[Cell], cells: list[Cell], passing: float = 1.0) -> told.Repeats | None:
    if not repeated:
        return None
    answers = [cell.answers for cell in cells]
    most = max(len(each) for each in answers)
    split = variance_split(answers) if len(answers) > 1 else None
    at: dict[int, float] = {}
    every: dict[int, float] = {}
    for k in [k for k in _KS if k <= most]:
        enough = [each for each in answers if len(each) >= k]
        passed = [sum(score >= passing - 1e-9 for score in each) for each in enough]
        counted = list(zip(map(len, enough), passed, strict=True))
        at[k] = sum(pass_at_k(n, c, k) for n, c in counted) / len(counted)
        every[k] = sum(pass_hat_k(n, c, k) for n, c in counted) / len(counted)
    return told.Repeats(
        repeats=most,
        pass_threshold=passing,
        pass_at=at,
        pass_all=every,
        flaky=flakiness(answers),
        between=None if split is None else split.between,
        within=None if split is None else split.within,
        advice=None if split is None else split.advice,
    )
