"""Answering comparisons: from the table where they are kept, else computed and kept."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from promptevolver_contracts import comparisons as told
from promptevolver_contracts.base import canonical, digest
from promptevolver_contracts.comparisons import SCORE, ComparedRun
from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_statistics import METHODS_VERSION

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.comparisons import listing
from promptevolver_history.comparisons.assembly import common_split, comparison
from promptevolver_history.comparisons.examples import described
from promptevolver_history.comparisons.loading import Found, find, load
from promptevolver_history.comparisons.naming import named
from promptevolver_history.comparisons.pairs import pair
from promptevolver_history.comparisons.sheets import Loaded, sheet
from promptevolver_history.comparisons.slicing import slices
from promptevolver_history.database import Database
from promptevolver_history.pages import fitting

KEPT_DAYS = 30
"""Then a comparison is computed again for who asks again."""
KEPT_OF_A_PROJECT = 2000
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Asked[M: (told.ComparisonView, told.SlicesView)]:
    """What is asked for, whichever kind of comparison it is."""

    answer: type[M]
    kind: Literal["runs", "slices"]
    project: str
    sides: Sequence[ComparedRun]
    options: Mapping[str, object]
    metrics: tuple[str, Sequence[str]]
    """The metrics that must be known, with the field that names them"""
    label: str | None
    """The key of the examples' metadata that they are parted by"""
    compute: Callable[[str, Sequence[Loaded], datetime], M]


class Comparisons:
    """Comparisons of runs. They follow from the runs, so they may be dropped at any time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: dict[str, asyncio.Task[Any]] = {}

    async def runs(self, question: told.CompareRuns) -> told.ComparisonPage:
        """Answer a comparison with a baseline, by pages of pairs."""
        question = _rounded(question)
        view = await self._answer(
            Asked(
                answer=told.ComparisonView,
                kind="runs",
                project=question.project,
                sides=question.runs,
                options=question.model_dump(mode="json", exclude={"project", "runs", "offset"}),
                metrics=("gates", question.gates),
                label=None,
                compute=lambda *made_of: comparison(question, *made_of),
            )
        )
        shown = fitting(view.comparisons[question.offset :])
        end = question.offset + len(shown)
        return told.ComparisonPage(
            comparison=view.model_copy(update={"comparisons": shown}),
            next_offset=end if end < len(view.comparisons) else None,
        )

    async def slices(self, question: told.CompareSlices) -> told.SlicesView:
        """Answer how two sides differ on parts of the examples."""
        question = _rounded(question)
        return await self._answer(
            Asked(
                answer=told.SlicesView,
                kind="slices",
                project=question.project,
                sides=(question.baseline, question.candidate),
                options=question.model_dump(
                    mode="json", exclude={"project", "baseline", "candidate"}
                ),
                metrics=("metric", (question.metric,)),
                label=_label(question.by),
                compute=lambda *made_of: slices(question, *made_of),
            )
        )

    async def examples(self, question: told.CompareExamples) -> told.ComparedExamplePage:
        """Answer a page of examples on both sides."""
        async with self._database.session() as session:
            asked = (question.baseline, question.candidate)
            loaded = await load(session, await find(session, asked, question.project))
            _require_metrics(loaded, (question.metric,), "metric")
            split = question.split or common_split(loaded)
            both = await asyncio.to_thread(
                lambda: pair(sheet(loaded[0], split), sheet(loaded[1], split))
            )
            rows = listing.listed(both, question.metric, question.change)
            left = listing.after(rows, question.after)
            page = fitting(await described(session, both, question.metric, left[: question.limit]))
        last = page[-1] if page else None
        more = last is not None and len(page) < len(left)
        return told.ComparedExamplePage(
            examples=page,
            split=split,
            counts=listing.counts(both, question.metric),
            next_after=(last.rank, last.example_id) if last is not None and more else None,
        )

    async def _answer[M: (told.ComparisonView, told.SlicesView)](self, asked: Asked[M]) -> M:
        """Read a kept answer by its key, or make it, once for all who ask meanwhile.

        The key is what was asked and by which methods; an answer made of fewer outcomes than the
        runs have by now is made again.
        """
        async with self._database.session() as session:
            found = await find(session, asked.sides, asked.project)
            key = {
                "kind": asked.kind,
                "project": asked.project,
                "sides": [[each.record["run_id"], each.candidate_id] for each in found],
                "options": asked.options,
                "methods": METHODS_VERSION,
            }
            identity, seen = digest(key), [each.outcomes for each in found]
            kept = await session.value("get_comparison", identity, asked.project, seen)
        if kept is not None:
            names = {each.record["run_id"]: each.record["name"] for each in found}
            return named(asked.answer.model_validate_json(kept), names)
        making = f"{identity} {seen}"
        if making not in self._under_way:
            task = asyncio.create_task(self._make(asked, identity, key, found))
            task.add_done_callback(lambda _: self._under_way.pop(making))
            self._under_way[making] = task
        # Who asks no longer does not stop it: it is kept for the next.
        view: M = await asyncio.shield(self._under_way[making])
        return view

    async def _make[M: (told.ComparisonView, told.SlicesView)](
        self, asked: Asked[M], identity: str, key: Mapping[str, object], found: Sequence[Found]
    ) -> M:
        """Compute off the event loop, and keep what is final: while a run goes on, nothing is."""
        async with self._database.session() as session:
            loaded = await load(session, found, asked.label)
        _require_metrics(loaded, asked.metrics[1], asked.metrics[0])
        view = await asyncio.to_thread(asked.compute, identity, loaded, datetime.now(UTC))
        if not view.finished:
            return view
        seen = [each.outcomes for each in found]
        async with self._database.session() as session:
            await session.rows(
                "keep_comparison",
                identity,
                asked.project,
                asked.kind,
                canonical(key).decode(),
                seen,
                view.methods.version,
                view.methods.seed,
                view.methods.inputs_hash,
                view.model_dump_json(),
                view.computed_at,
            )
            # Another process may have been quicker: all are told the one that is kept.
            kept = await session.value("get_comparison", identity, asked.project, seen)
        return view if kept is None else asked.answer.model_validate_json(kept)


def answers(database: Database) -> Answers:
    """Give what this part of history answers."""
    kept = Comparisons(database)
    return (
        Answer(told.COMPARE_RUNS, kept.runs, heavy=True),
        Answer(told.COMPARE_EXAMPLES, kept.examples, heavy=True),
        Answer(told.COMPARE_SLICES, kept.slices, heavy=True),
    )


def _label(by: str) -> str | None:
    what, _, key = by.partition(".")
    return key if what == "metadata" else None


def _rounded[Q: (told.CompareRuns, told.CompareSlices)](question: Q) -> Q:
    """Ask as finely as anybody reads it, so that one answer serves all who mean the same."""
    finest = 10.0**-_DECIMALS
    margin = None if question.margin is None else round(question.margin, _DECIMALS)
    confidence = round(question.confidence, _DECIMALS)
    within = min(max(confidence, round(0.5 + finest, _DECIMALS)), round(1 - finest, _DECIMALS))
    return question.model_copy(update={"margin": margin, "confidence": within})


def _require_metrics(loaded: Sequence[Loaded], wanted: Sequence[str], field: str) -> None:
    known = list(dict.fromkeys((SCORE, *(m.name for each in loaded for m in each.request.metrics))))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        detail = f"{field}: no run measures {', '.join(unknown)}; choose of {', '.join(known)}"
        fault = FieldError(
            pointer=f"/query/{field}", message=detail, code="unknown_metric", allowed=tuple(known)
        )
        info = ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=detail, errors=(fault,))
        raise QueryFailed(info)
