"""What a request must fulfil beyond its shape; pure, and every fault names its place."""

from collections.abc import Iterator, Mapping, Sequence

from jsonschema import Draft202012Validator
from promptevolver_contracts.datasets import SPLITS, DatasetRef, Example, Split
from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import StrategySpec
from promptevolver_contracts.spending import Budget

from promptevolver_gateway.catalogues import parameter_errors

JUDGING = "llm_judge"
"""The metric kind that asks a judge model."""


def program_errors(program: Program) -> Iterator[FieldError]:
    """Check that something in the program may change."""
    if not program.evolving:
        message = "no component has 'evolve: true', so nothing could change; mark one so"
        yield FieldError(pointer="/program/components", message=message, code="nothing_evolves")


def example_errors(program: Program, examples: Sequence[Example]) -> Iterator[FieldError]:
    """Check that ids are unique and that every input which the templates use is there."""
    needed = sorted(program.input_fields)
    first: dict[str, int] = {}
    for position, example in enumerate(examples):
        pointer = f"/dataset/examples/{position}"
        if example.id in first:
            message = f"example {first[example.id]} has the id '{example.id}' too; ids are unique"
            yield FieldError(pointer=f"{pointer}/id", message=message, code="duplicate_id")
        first.setdefault(example.id, position)
        for name in needed:
            if name not in example.inputs:
                yield missing_input(f"{pointer}/inputs/{name}", name, tuple(example.inputs))


def missing_input(pointer: str, name: str, present: tuple[str, ...]) -> FieldError:
    """Say that the program uses an input that is not there."""
    listed = f"; there are: {', '.join(present)}" if present else ""
    return FieldError(
        pointer=pointer,
        message=f"the program uses '{{{{ input.{name} }}}}', which is missing; add it or change "
        f"the template{listed}",
        code="missing_input",
        allowed=present or None,
    )


def split_errors(ref: DatasetRef, needed: Sequence[Split], pointer: str) -> Iterator[FieldError]:
    """Check that every split that the run needs has examples."""
    for split in needed:
        if not ref.sizes.get(split):
            message = f"no example has split '{split}'; mark some so"
            yield FieldError(pointer=pointer, message=message, code="empty_split", allowed=SPLITS)


def budget_errors(budget: Budget) -> Iterator[FieldError]:
    """Ask for a cap on what an optimization may pay."""
    if budget.calls is None and budget.tokens is None and budget.usd is None:
        yield FieldError(
            pointer="/budget",
            message="set at least one of calls, tokens and usd, so that the run ends",
            code="no_cap",
            allowed=("calls", "tokens", "usd"),
        )


def metric_errors(
    metrics: Sequence[MetricSpec], known: Mapping[str, Draft202012Validator]
) -> Iterator[FieldError]:
    """Check names, kinds, parameters and weights of metrics."""
    names: set[str] = set()
    for position, metric in enumerate(metrics):
        pointer = f"/metrics/{position}"
        if metric.name in names:
            message = f"another metric is called '{metric.name}'; rename one"
            yield FieldError(pointer=f"{pointer}/name", message=message, code="duplicate_name")
        names.add(metric.name)
        if metric.kind in known:
            yield from parameter_errors(
                known[metric.kind], metric.parameters, f"{pointer}/parameters"
            )
        else:
            yield _unknown("metric kind", metric.kind, f"{pointer}/kind", known)
    if not any(metric.weight for metric in metrics):
        message = "every weight is 0, so there is no score; give one metric a weight"
        yield FieldError(pointer="/metrics", message=message, code="no_weight")


def judge_errors(metrics: Sequence[MetricSpec], judge: object) -> Iterator[FieldError]:
    """Ask for a judge model when a metric judges."""
    if judge is None and any(metric.kind == JUDGING for metric in metrics):
        message = f"the metric kind '{JUDGING}' needs a judge model; name one"
        yield FieldError(pointer="/models/judge", message=message, code="missing")


def strategy_errors(
    strategy: StrategySpec, known: Mapping[str, Draft202012Validator]
) -> Iterator[FieldError]:
    """Check that the strategy exists and that its parameters are right."""
    if strategy.name in known:
        yield from parameter_errors(
            known[strategy.name], strategy.parameters, "/strategy/parameters"
        )
    else:
        yield _unknown("strategy", strategy.name, "/strategy/name", known)


_CODES = {"strategy": ErrorCode.UNKNOWN_STRATEGY, "metric kind": ErrorCode.UNKNOWN_METRIC}


def _unknown(
    what: str, name: str, pointer: str, known: Mapping[str, Draft202012Validator]
) -> FieldError:
    allowed = tuple(sorted(known))
    return FieldError(
        pointer=pointer,
        message=f"no {what} is called '{name}'; there are: {', '.join(allowed) or 'none'}",
        code=_CODES[what],
        allowed=allowed,
    )


def overall_code(errors: Sequence[FieldError]) -> ErrorCode:
    """Name the problem by its fields' common code when that is a code of its own."""
    codes = {error.code for error in errors}
    named = codes & {ErrorCode.UNKNOWN_STRATEGY.value, ErrorCode.UNKNOWN_METRIC.value}
    return (
        ErrorCode(codes.pop()) if codes == named and len(codes) == 1 else ErrorCode.INVALID_REQUEST
    )
