"""Operations on runs candidates; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Lines, Listing, path
from promptevolver_client.model import plain


def candidate_pin(
    run_id: str,
    candidate_id: str,
    body: models.ReasonBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.ControlAccepted]:
    """Pin a candidate.

    Keep a candidate in play: a parent that the strategy may always take, whatever it scores.

    Among equal scores a pinned candidate is the one that sits the exam. A pin lifts a veto.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/candidates/{}/pin", run_id, candidate_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def candidate_unpin(
    run_id: str,
    candidate_id: str,
    body: models.ReasonBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.ControlAccepted]:
    """Unpin a candidate.

    Let a candidate hold its place by its scores again.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/candidates/{}/unpin", run_id, candidate_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def candidate_unveto(
    run_id: str,
    candidate_id: str,
    body: models.ReasonBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.ControlAccepted]:
    """Lift a veto.

    Let a candidate be a parent, and win, again.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/candidates/{}/unveto", run_id, candidate_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def candidate_veto(
    run_id: str,
    candidate_id: str,
    body: models.ReasonBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.ControlAccepted]:
    """Veto a candidate.

    Rule a candidate out: from the next step on it is no parent, and it will not win.

    Steps that have begun with it are finished. The original cannot be vetoed. A veto lifts a pin.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/candidates/{}/veto", run_id, candidate_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def candidates(
    run_id: str,
    *,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.CandidateItems, models.CandidateItem]:
    """Search candidates.

    List a run's candidates, in the order of proposal unless sorted otherwise.

    Groups of `fields`: core, scores, texts.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/runs/{}/candidates", run_id),
            query={
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.CandidateItems,
        models.CandidateItem,
    )


def stream_candidates(
    run_id: str,
    *,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
) -> Lines[models.CandidateItem]:
    """In one stream, all of them: search candidates.

    List a run's candidates, in the order of proposal unless sorted otherwise.

    Groups of `fields`: core, scores, texts.
    """
    return Lines(
        Call(
            "GET",
            path("/api/v1/runs/{}/candidates", run_id),
            query={"filter": filter, "sort": sort, "fields": fields, "include": include},
        ),
        models.CandidateItem,
    )


def get_candidate(run_id: str, candidate_id: str) -> Answer[models.CandidateAnswer]:
    """Read a candidate.

    Give a candidate's texts, where it comes from and what came of it.

    With diffs to each parent, the rationale of the mutations that made it, every mean that was
    taken of it by kind, and the evidence on which it was accepted or rejected.
    """
    return Answer(
        Call("GET", path("/api/v1/runs/{}/candidates/{}", run_id, candidate_id)),
        models.CandidateAnswer,
    )
