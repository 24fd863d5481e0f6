"""What is answered about one run."""

from collections import defaultdict
from difflib import unified_diff
from typing import Self

from promptevolver_contracts.history import (
    CandidateDetail,
    FacetValue,
    Relative,
    RunEntry,
    SpendReport,
)
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.spending import Spend
from pydantic import BaseModel, Field

from promptevolver_gateway.answers import Links
from promptevolver_gateway.gateway import PREFIX, links


class RunDetail(RunEntry):
    """A run with what people say of it, and where to go on."""

    links: Links

    @classmethod
    def of(cls, entry: RunEntry) -> Self:
        """Add the links."""
        run = f"{PREFIX}/runs/{entry.run_id}"
        sides = ("candidates", "outcomes", "mutations", "lineage", "log", "spend", "request")
        there = {"self": run, **{side: f"{run}/{side}" for side in sides}}
        return cls(**dict(entry), links=links(entry.run_id) | there)


class CandidateAnswer(CandidateDetail):
    """A candidate with its family, its scores, what was decided, and what it changed."""

    diffs: dict[CandidateId, dict[str, str]] = Field(
        description="By parent and component: unified diff from the parent's text to this one"
    )

    @classmethod
    def of(cls, detail: CandidateDetail) -> Self:
        """Add the diffs."""
        texts = detail.candidate.texts
        diffs = {parent: _diffs(old, texts) for parent, old in detail.parent_texts.items()}
        return cls(**dict(detail), diffs=diffs)


def _diffs(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    names = [*old, *(name for name in new if name not in old)]
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in names)
    return {name: _diff(before, after) for name, before, after in pairs if before != after}


def _diff(before: str, after: str) -> str:
    lines = unified_diff(before.splitlines(), after.splitlines(), "parent", "child", lineterm="")
    return "\n".join(lines)


class LineageAnswer(BaseModel):
    """A run's whole family tree, in the order of proposal."""

    run_id: RunId
    candidates: tuple[Relative, ...]


class SpendAnswer(SpendReport):
    """What a run spent: over time, by purpose and by model."""

    by_purpose: dict[str, Spend]
    by_model: dict[str, Spend] = Field(description="`unknown` where several models had a part")

    @classmethod
    def of(cls, report: SpendReport) -> Self:
        """Add the sums."""
        purposes: dict[str, Spend] = defaultdict(Spend)
        models: dict[str, Spend] = defaultdict(Spend)
        for bucket in report.series:
            purposes[bucket.purpose] += bucket.spend
            models[bucket.model or "unknown"] += bucket.spend
        return cls(**dict(report), by_purpose=purposes, by_model=models)


class FacetAnswer(BaseModel):
    """Values of a field, the most frequent first."""

    field: str
    data: tuple[FacetValue, ...]
    more: bool = Field(description="Whether there are more; narrow by `containing`")
