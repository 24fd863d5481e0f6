"""Merging two lines of descent component by component, as in GEPA (arXiv 2507.19457). Asks nobody.

Two candidates with a common ancestor have each changed some components. The child takes every
component from the side that changed it; where both did, from the better one.
"""

from collections.abc import Sequence

from promptevolver_contracts.ids import CandidateId

from promptevolver_optimizer.archive import Archive, Entry
from promptevolver_optimizer.operators.drafts import Unusable
from promptevolver_optimizer.search import Draft

NAME = "merge"


def merge(archive: Archive, first: Entry, second: Entry) -> Draft | Unusable:
    """Join two candidates over their best common ancestor that is no better than either."""
    ancestor = _ancestor(archive, first, second)
    if ancestor is None:
        return Unusable("the two have no common ancestor to merge over")
    better, other = sorted((first, second), key=lambda entry: -entry.sheet.mean)
    texts = {
        name: other.program.texts[name]
        for name in better.program.evolving
        if better.program.texts[name] == ancestor.program.texts[name]
    }
    child = better.program.with_texts(texts)
    if child.candidate_id in (better.id, other.id):
        return Unusable("the merge equals one of its parents")
    return Draft(
        program=child,
        operator=NAME,
        parents=(better.id, other.id),
        components=tuple(n for n, text in texts.items() if text != better.program.texts[n]),
        rationale=f"each component from the side that changed it since {ancestor.id}",
    )


def _ancestor(archive: Archive, first: Entry, second: Entry) -> Entry | None:
    shared = _line(archive, first.id) & _line(archive, second.id)
    limit = min(first.sheet.mean, second.sheet.mean)
    fitting: Sequence[Entry] = [
        entry for entry in archive.entries if entry.id in shared and entry.sheet.mean <= limit
    ]
    return max(fitting, key=lambda entry: entry.sheet.mean, default=None)


def _line(archive: Archive, candidate: CandidateId) -> frozenset[CandidateId]:
    return archive.ancestors(candidate) | {candidate}
