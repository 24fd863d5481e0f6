"""Hypothesis strategies for the messages of contracts, read off their fields."""

import types
from collections.abc import Iterable
from datetime import UTC
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from hypothesis import strategies as st
from promptevolver_contracts.comparisons import ComparedRun
from promptevolver_contracts.datasets import SPLITS, DatasetRef
from promptevolver_contracts.feedback import About, Opinion
from promptevolver_contracts.filters import Junction, Leaf, Negation
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.jobs import ExportRequest, ReportRequest
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import ChatMessage, Component, Program, Stage
from promptevolver_contracts.runs import ArchiveSeed, RunRequest
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

_FEW = 3
_SAFE = 2**53
"""Integers that every JSON reader keeps."""
ANYTHING_BUT_NUL = r"^[^\x00]*$"

names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
plain = st.none() | st.booleans() | st.integers(-_SAFE, _SAFE) | st.text(max_size=8)
json_values = st.recursive(
    plain | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=_FEW) | st.dictionaries(st.text(max_size=4), inner, max_size=_FEW)
    ),
    max_leaves=6,
)


def programs() -> st.SearchStrategy[Program]:
    """Programs whose placeholders are known."""

    def build(components: dict[str, Component], stage: Stage, said: str) -> Program:
        uses = " ".join(f"{{{{ component.{name} }}}}" for name in components)
        message = ChatMessage(role="user", content=f"{uses} {said.replace('{', '(')}")
        return Program(
            name="arbitrary",
            components=components,
            stages=(stage.model_copy(update={"messages": (message,)}),),
        )

    first = of(Component).map(lambda component: component.model_copy(update={"evolve": True}))
    components = st.builds(
        lambda component, more: {"instruction": component, **more},
        first,
        st.dictionaries(names.map("x{}".format), of(Component), max_size=2),
    )
    return st.builds(build, components, _model(Stage), st.text(max_size=20))


def run_requests() -> st.SearchStrategy[RunRequest]:
    """Requests that may be admitted."""
    sizes = st.fixed_dictionaries(dict.fromkeys(SPLITS, st.integers(1, 1000)))
    datasets = st.builds(
        lambda dataset, sizes: dataset.model_copy(update={"sizes": sizes}), of(DatasetRef), sizes
    )
    heavy = of(MetricSpec).map(lambda metric: metric.model_copy(update={"weight": 1.0}))
    metrics = st.lists(heavy, min_size=1, max_size=_FEW, unique_by=lambda metric: metric.name)
    texts = st.fixed_dictionaries({"instruction": st.text(max_size=9)})
    archive = st.lists(_model(ArchiveSeed, texts=texts), max_size=_FEW).map(tuple)
    return _model(RunRequest, dataset=datasets, metrics=metrics.map(tuple), archive=archive)


def subjects_of_feedback() -> st.SearchStrategy[About]:
    """What feedback may be about: a run, one of its outputs, or a prompt's version."""
    nothing = dict.fromkeys(("prompt", "version"), st.none())
    of_runs = _model(About, run_id=of(RunId), **nothing)
    fields = ("run_id", "candidate_id", "example_id")
    of_prompts = _model(
        About,
        prompt=st.text(max_size=9),
        version=st.integers(1, 99),
        **dict.fromkeys(fields, st.none()),
    )
    return of_runs | of_prompts


def opinions() -> st.SearchStrategy[Opinion]:
    """Opinions that say something."""
    return _model(Opinion, comment=st.text(min_size=1, max_size=9))


def export_requests() -> st.SearchStrategy[ExportRequest]:
    """Exports of runs as a table."""
    tables = st.sampled_from(("csv", "jsonl", "parquet", "xlsx"))
    return _model(ExportRequest, filter=st.none(), resource=st.just("runs"), format=tables)


def report_requests() -> st.SearchStrategy[ReportRequest]:
    """Reports on one run, or on a comparison of two."""
    one, two = st.tuples(of(ComparedRun)), st.tuples(of(ComparedRun), of(ComparedRun))
    of_run = _model(ReportRequest, report=st.just("run"), runs=one)
    return of_run | _model(ReportRequest, report=st.just("comparison"), runs=two)


def _several(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, min_size=2, max_size=_FEW).map(tuple)


def of(annotation: Any, rules: Iterable[Any] = ()) -> st.SearchStrategy[Any]:
    """Give values of a field's type that keep its rules."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return of(arguments[0], [*_flat(arguments[1:]), *rules])
    if origin in (Union, types.UnionType):
        return st.one_of([of(argument, rules) for argument in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return _tuples(arguments, list(rules))
    if origin is dict:
        return st.dictionaries(of(arguments[0]), of(arguments[1]), max_size=_FEW)
    return _simple(annotation, list(rules))


def _simple(annotation: Any, rules: list[Any]) -> st.SearchStrategy[Any]:
    if isinstance(annotation, NewType):
        return st.from_regex(r"[0-9a-f-]{1,12}", fullmatch=True)
    if annotation is AwareDatetime:
        return st.datetimes(timezones=st.just(UTC))
    if annotation is int:
        return st.integers(_bound(rules, Ge, "ge", 0), _bound(rules, Le, "le", _SAFE))
    if annotation is float:
        return _floats(rules)
    if annotation is str:
        return _texts(rules)
    known: dict[Any, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        bool: st.booleans(),
        Any: json_values,
        object: json_values,
        bytes: st.binary(max_size=9),
        Program: st.deferred(programs),
        RunRequest: st.deferred(run_requests),
        About: st.deferred(subjects_of_feedback),
        Opinion: st.deferred(opinions),
        ReportRequest: st.deferred(report_requests),
        ExportRequest: st.deferred(export_requests),
        Negation: st.deferred(lambda: _model(Negation, term=of(Leaf))),
        Junction: st.deferred(lambda: _model(Junction, terms=_several(of(Leaf)))),
    }
    return known[annotation] if annotation in known else _class(annotation)


def _texts(rules: list[Any]) -> st.SearchStrategy[str]:
    # Rules of texts come one by one, or together as StringConstraints.
    least = next((n for r in rules if (n := getattr(r, "min_length", None)) is not None), 0)
    most = next((n for r in rules if (n := getattr(r, "max_length", None)) is not None), 9)
    for rule in rules:
        if (pattern := getattr(rule, "pattern", None)) == ANYTHING_BUT_NUL:
            characters = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
            return st.text(characters, min_size=least, max_size=max(least, min(most, 9)))
        if pattern is not None:
            found = st.from_regex(pattern.rstrip("$") + r"\Z")
            stripped = found.map(str.strip) if getattr(rule, "strip_whitespace", False) else found
            return stripped.filter(lambda text: least <= len(text) <= max(most, 64))
    return st.text(min_size=least, max_size=max(least, min(most, 9)))


@cache
def _class(annotation: Any) -> st.SearchStrategy[Any]:
    if issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    if annotation is Stage:
        return _model(Stage, messages=st.just((ChatMessage(role="user", content="?"),)))
    return _model(annotation)


def _model(model: type[BaseModel], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields: dict[str, FieldInfo] = model.model_fields
    wanted = {
        name: given[name] if name in given else of(field.annotation, _flat(field.metadata))
        for name, field in fields.items()
    }
    return st.builds(model, **wanted)


def _tuples(arguments: tuple[Any, ...], rules: list[Any]) -> st.SearchStrategy[Any]:
    if arguments[-1] is not Ellipsis:
        return st.tuples(*(of(argument) for argument in arguments))
    least = _bound(rules, MinLen, "min_length", 0)
    return st.lists(of(arguments[0]), min_size=least, max_size=max(least, _FEW)).map(tuple)


def _floats(rules: list[Any]) -> st.SearchStrategy[float]:
    least, above = _bound(rules, Ge, "ge", None), _bound(rules, Gt, "gt", None)
    most, below = _bound(rules, Le, "le", 1e12), _bound(rules, Lt, "lt", None)
    return st.floats(
        least if above is None else above,
        most if below is None else below,
        exclude_min=above is not None,
        exclude_max=below is not None,
        allow_nan=False,
        allow_infinity=False,
    )


def _bound(rules: list[Any], rule: type, attribute: str, otherwise: Any) -> Any:
    return next((getattr(r, attribute) for r in rules if isinstance(r, rule)), otherwise)


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """Unpack the rules that a Field carries."""
    flat: list[Any] = []
    for each in metadata:
        flat += each.metadata if isinstance(each, FieldInfo) else [each]
    return flat
