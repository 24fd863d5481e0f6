"""One candidate from all sides, and a run's family tree."""

from collections.abc import Iterator

from asyncpg import Record
from promptevolver_contracts import facts
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.filters import Compare
from promptevolver_contracts.history import (
    CandidateDetail,
    Decision,
    GetCandidate,
    GetLineage,
    Lineage,
    Measurement,
    SearchInRun,
)
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.database import Database, Session
from promptevolver_history.filtering import listing as lists
from promptevolver_history.pages import fitting
from promptevolver_history.runs import entries
from promptevolver_history.runs.search import require_run
from promptevolver_history.views import parsed

_PAGE = 1000
_FAMILY = 200
"""Relatives shown with a candidate; the whole tree is a list of its own."""
_MUTATIONS = 10
_FACTS = 100
"""Its last measurements and decisions; the run's log has all of them."""
_MEASURED = ("candidate.scored", "candidate.accepted", "candidate.rejected")


class CandidateReader:
    """Reads candidates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lineage(self, question: GetLineage) -> Lineage:
        """Answer a page of the family tree, in the order of proposal."""
        async with self._database.session() as session:
            await require_run(session, question.run_id, question.project)
            rows = await session.rows("list_relatives", question.run_id, question.after, _PAGE + 1)
        tree = fitting([entries.relative(row) for row in rows[:_PAGE]])
        more = len(tree) < len(rows)
        return Lineage(candidates=tree, next_after=tree[-1].ordinal if more else None)

    async def candidate(self, question: GetCandidate) -> CandidateDetail:
        """Answer a candidate with its family, its scores and what was decided of it."""
        run_id, candidate_id = question.run_id, question.candidate_id
        async with self._database.session() as session:
            await require_run(session, run_id, question.project)
            row = await _read(session, question)
            candidate = entries.candidate_entry(row)
            texts = await session.rows("list_texts", run_id, list(candidate.parents))
            made = await session.rows("list_mutations_of_child", run_id, candidate_id, _MUTATIONS)
            above = await session.rows("list_ancestors", run_id, candidate_id, _FAMILY)
            below = await session.rows("list_children", run_id, candidate_id, _FAMILY)
            told = await session.rows(
                "list_facts_about", run_id, candidate_id, list(_MEASURED), _FACTS
            )
        known = [
            (row["stream_seq"], facts.FACT.validate_json(row["payload"])) for row in reversed(told)
        ]
        return CandidateDetail(
            candidate=candidate,
            mutations=tuple(entries.mutation_entry(each) for each in made),
            parent_texts={each["candidate_id"]: parsed(each["texts"], {}) for each in texts},
            ancestors=tuple(map(entries.relative, above)),
            children=tuple(map(entries.relative, below)),
            measurements=tuple(_measurements(known)),
            decisions=tuple(_decisions(known)),
        )


async def _read(session: Session, question: GetCandidate) -> Record:
    this = Compare(op="=", field=("candidate_id",), value=question.candidate_id)
    asked = SearchInRun(run_id=question.run_id, filter=this, limit=1)
    base = session.text("search_candidates")
    page = lists.page("candidates", base, asked, question.project, question.run_id)
    rows = await session.built("search_candidates", page.sql, *page.values)
    if not rows:
        detail = f"run {question.run_id} has no candidate {question.candidate_id}"
        raise QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=detail))
    return rows[0]


def _measurements(known: list[tuple[int, facts.Fact]]) -> Iterator[Measurement]:
    for seq, fact in known:
        if isinstance(fact, facts.CandidateScored):
            same = ("kind", "split", "examples", "mean", "means", "faults", "at")
            yield Measurement(seq=seq, **{name: getattr(fact, name) for name in same})


def _decisions(known: list[tuple[int, facts.Fact]]) -> Iterator[Decision]:
    for seq, fact in known:
        if isinstance(fact, facts.CandidateAccepted | facts.CandidateRejected):
            yield Decision(
                accepted=isinstance(fact, facts.CandidateAccepted),
                evidence=fact.evidence,
                step=fact.step,
                seq=seq,
                at=fact.at,
            )
