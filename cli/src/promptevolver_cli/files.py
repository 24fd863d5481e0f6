"""A program, its data and how to search, read from files into one request."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from promptevolver_contracts.base import Part, digest
from promptevolver_contracts.dataset_library.guessing import guessed
from promptevolver_contracts.datasets import SPLITS, Example, Split
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import Lane, StrategySpec, WhenExhausted
from promptevolver_contracts.spending import Budget
from pydantic import Field

from promptevolver_cli.documents import Document, Fault, FileError, read_text, read_yaml
from promptevolver_cli.prompts import program_from_prompt
from promptevolver_cli.rows import read_rows

EVALUATE = "evaluate"
_PROMPT_ENDINGS = frozenset({".txt", ".md"})
_TRAIN_SHARE, _VALIDATION_SHARE = 0.6, 0.2
_DEFAULT_BUDGET = Budget(calls=1000)
_OF_SEARCHES = frozenset({"strategy", "use_feedback", "width", "when_exhausted"})
_OF_EVALUATIONS = frozenset({"split"})


class RunFile(Part):
    """How to search: `run.yaml`. Paths are relative to it."""

    program: str | None = None
    data: str | None = None
    name: str = Field("", max_length=200)
    metrics: tuple[MetricSpec, ...] = Field(default=(), max_length=20)
    budget: Budget | None = None
    strategy: StrategySpec = StrategySpec()
    seed: int = Field(0, ge=0)
    width: int = Field(4, ge=1, le=64)
    repeats: int = Field(1, ge=1, le=20)
    margin: float = Field(0.01, ge=0, le=1)
    split: Split = "validation"
    lane: Lane = "std"
    shard_size: int = Field(4, ge=1, le=64)
    call_timeout_s: float = Field(60, gt=0, le=3600)
    response_cache: bool = True
    use_feedback: bool = True
    when_exhausted: WhenExhausted = "finish"
    models: dict[str, Any] | None = None


class MetricsFile(Part):
    """Metrics alone."""

    metrics: tuple[MetricSpec, ...] = Field(min_length=1, max_length=20)


@dataclass(frozen=True, slots=True)
class Job:
    """A whole request, and what was decided for the user on the way."""

    program: Program
    examples: tuple[Example, ...]
    dataset: str
    settings: RunFile
    notes: tuple[str, ...] = ()
    models: dict[str, Any] = field(default_factory=dict)

    def with_models(self, **names: str | None) -> "Job":
        """Name the models of some parts (task, reflection, judge); None leaves one as it is."""
        given = {part: {"model": name} for part, name in names.items() if name}
        return replace(self, models={**self.models, **given})

    def with_settings(self, **settings: Any) -> "Job":
        """Set some of the run file's fields; None leaves one as it is.

        A budget or strategy given in part keeps the rest. Raises pydantic's ValidationError.
        """
        given = {name: value for name, value in settings.items() if value is not None}
        plain = self.settings.model_dump()
        for name, value in given.items():
            plain[name] = {**(plain[name] or {}), **value} if isinstance(value, dict) else value
        return replace(self, settings=RunFile.model_validate(plain))

    @property
    def evaluates(self) -> bool:
        """Whether nothing is searched, only scored."""
        return self.settings.strategy.name == EVALUATE

    def sizes(self) -> dict[Split, int]:
        return {s: sum(example.split == s for example in self.examples) for s in SPLITS}

    def body(self) -> dict[str, Any]:
        """Give the request as the API takes it, to search or (strategy `evaluate`) to score."""
        unused = _OF_SEARCHES if self.evaluates else _OF_EVALUATIONS
        left_out = {"program", "data", "models", *unused}
        body = {
            **self.settings.model_dump(mode="json", exclude=left_out),
            "program": self.program.model_dump(mode="json"),
            "dataset": {
                "name": self.dataset,
                "examples": [example.model_dump(mode="json") for example in self.examples],
            },
        }
        return {**body, "models": self.models} if self.models else body

    def digest(self) -> str:
        """Identify the request: equal files and settings give the same."""
        return digest(self.body())


def read_job(
    program: Path | None,
    data: Path | None,
    *,
    run: Path | None = None,
    metrics: Path | None = None,
    needed: Sequence[Split] = SPLITS,
) -> Job:
    """Read all files of a request. What is given by itself goes before what the run file names.

    Raises FileError with every fault of the first file that has some.
    """
    settings = RunFile() if run is None else read_yaml(run).validate(RunFile)
    program = program or _beside(run, settings.program, "program")
    data = data or _beside(run, settings.data, "data")
    read = read_program(program)
    examples, notes = read_examples(data, read)
    _require_splits(data, examples, needed)
    if metrics is not None:
        chosen = read_yaml(metrics).validate(MetricsFile).metrics
        settings = settings.model_copy(update={"metrics": chosen})
    if not settings.metrics:
        _require_expected(data, examples)
        chosen_by_data = default_metric(examples)
        notes.append(f"no metric named: scoring by {chosen_by_data.kind}")
        settings = settings.model_copy(update={"metrics": (chosen_by_data,)})
    if settings.budget is None or not any(settings.budget.model_dump().values()):
        notes.append(f"no budget given: at most {_DEFAULT_BUDGET.calls} model calls")
        settings = settings.model_copy(update={"budget": _DEFAULT_BUDGET})
    return Job(read, tuple(examples), data.stem, settings, tuple(notes), settings.models or {})


def _require_expected(data: Path, examples: Sequence[Example]) -> None:
    """Refuse data that the metric chosen by them would score 0 throughout."""
    if any(example.expected is not None for example in examples):
        return
    named = [name for name in _ANSWERS if name in examples[0].inputs]
    rename = f"rename '{named[0]}' to 'expected'" if named else "say what is expected of each"
    fix = f"{rename}, or name metrics that need none in a run.yaml"
    raise FileError([Fault(data, None, "expected", "is missing from every example", fix)])


def read_program(path: Path) -> Program:
    """Read a program from YAML, or make one of a plain prompt (.txt, .md)."""
    if path.suffix.lower() in _PROMPT_ENDINGS:
        return program_from_prompt(path, read_text(path))
    return read_yaml(path).validate(Program)


def read_examples(path: Path, program: Program) -> tuple[list[Example], list[str]]:
    """Read examples; give them an id or a split where they have none, and notes that say so."""
    examples: list[Example] = []
    faults: list[Fault] = []
    first_line: dict[str, int | None] = {}
    assigned = 0
    for row in read_rows(path):
        assigned += not row.value.get("split")
        try:
            example = Document(path, _completed(row.value), row.lines).validate(Example)
        except FileError as error:
            faults.extend(error.faults)
            continue
        faults.extend(_input_faults(row, example, program))
        line = row.lines[()]
        if example.id in first_line:
            problem = f"'{example.id}' is already the id of line {first_line[example.id]}"
            faults.append(row.fault(("id",), problem, "give every example its own id"))
        first_line[example.id] = line
        examples.append(example)
    if faults:
        raise FileError(faults)
    notes = []
    if assigned:
        notes.append(
            f"{assigned} of {len(examples)} examples had no split: 60/20/20 train, validation and "
            "sealed test by a hash of their ids"
        )
    return examples, notes


def split_of(key: str) -> Split:
    """Choose a split by the hash of an id or cluster: more data never moves an example."""
    share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
    if share < _TRAIN_SHARE:
        return "train"
    return "validation" if share < _TRAIN_SHARE + _VALIDATION_SHARE else "test"


_ANSWERS = ("label", "answer", "target", "output", "gold", "reference", "ground_truth")


def default_metric(examples: Sequence[Example]) -> MetricSpec:
    """Choose a metric by what is expected: fields of an object, or the same words."""
    expected = [example.expected for example in examples]
    if all(isinstance(value, dict) for value in expected):
        fields = sorted(set.intersection(*(set(value) for value in expected)))
        return MetricSpec(name="fields", kind="json_fields", parameters={"fields": fields})
    return MetricSpec(name="match", kind="normalized_match")


def _completed(value: dict[str, Any]) -> dict[str, Any]:
    identity = str(value.get("id") or digest(value.get("inputs"))[:16])
    split = value.get("split") or split_of(str(value.get("cluster") or identity))
    return {**value, "id": identity, "split": split}


def _input_faults(row: Document, example: Example, program: Program) -> list[Fault]:
    has = ", ".join(sorted(example.inputs)) or "none"
    return [
        row.fault(
            ("inputs", name),
            f"is missing, but the program uses {{{{ input.{name} }}}}",
            _claimed(row, name) or f"add it, or use in the program what this example has: {has}",
        )
        for name in sorted(program.input_fields - set(example.inputs))
    ]


def _claimed(row: Document, name: str) -> str | None:
    """Say what becomes of a column of this name, when it is no input."""
    if row.path.suffix.lower() != ".csv" or (part := guessed([name])[name]) == f"inputs.{name}":
        return None
    return f"a column '{name}' is read as {part}: call it 'inputs.{name}'"


def _require_splits(path: Path, examples: list[Example], needed: Sequence[Split]) -> None:
    have = {example.split for example in examples}
    missing = [split for split in needed if split not in have]
    if missing:
        problem = f"no example has split '{missing[0]}' ({len(examples)} examples in all)"
        fix = f'mark some with "split": "{missing[0]}", or give more examples'
        raise FileError([Fault(path, None, "split", problem, fix)])


def _beside(run: Path | None, name: str | None, what: str) -> Path:
    if run is None:
        raise FileError([Fault(Path(what), None, "", "was not given", f"name a {what} file")])
    if name is None:
        fix = f"add '{what}: FILE', or name the file on the command line"
        raise FileError([Fault(run, None, what, "is missing", fix)])
    return run.parent / name
