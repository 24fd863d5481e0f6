"""Operations on optimize; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def cancel(
    task_id: str,
    body: models.ReasonBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.ControlAccepted]:
    """Cancel.

    End a run within seconds. Queued work is dropped; the best candidate stays readable.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/optimize/{}/cancel", task_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def candidates(
    task_id: str, *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.CandidateList, models.CandidateSummary]:
    """List candidates.

    List a run's candidates in the order in which they were proposed.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/optimize/{}/candidates", task_id),
            query={"cursor": cursor, "limit": limit},
        ),
        models.CandidateList,
        models.CandidateSummary,
    )


def create(
    body: models.OptimizeBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.Accepted]:
    """Start an optimization.

    Evolve a program.

    The answer comes as soon as the request is stored for good; follow the run by `links.events`
    or `links.self`. Send an `Idempotency-Key` to make repeating safe: the same key and body give
    the same run, with `Idempotency-Replayed: true`.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/optimize",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Accepted,
    )


def export(task_id: str) -> Answer[models.Export]:
    """Export the winner.

    Give the winner as it was scored, byte for byte, with the original beside it.

    Of a cancelled run the best candidate so far counts.
    """
    return Answer(Call("GET", path("/api/v1/optimize/{}/export", task_id)), models.Export)


def get(task_id: str) -> Answer[models.RunAnswer]:
    """Read a run.

    Give a run's state, scores, spend and, once it has ended, its winner and verdict.

    History may be a moment behind the run: `last_seq` says up to which event it has read.
    """
    return Answer(Call("GET", path("/api/v1/optimize/{}", task_id)), models.RunAnswer)


def outcomes(
    task_id: str,
    *,
    candidate_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.OutcomeList, models.OutcomeRow]:
    """List outcomes.

    List what each example gave: output, scores, feedback, spend.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/optimize/{}/outcomes", task_id),
            query={"candidate_id": candidate_id, "cursor": cursor, "limit": limit},
        ),
        models.OutcomeList,
        models.OutcomeRow,
    )


def pause(
    task_id: str,
    body: models.ReasonBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.ControlAccepted]:
    """Pause.

    Start nothing new until the run is resumed; calls under way are finished.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/optimize/{}/pause", task_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def resume(
    task_id: str,
    body: models.ReasonBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.ControlAccepted]:
    """Resume.

    Go on with a paused run. Nothing that was paid is paid again.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/optimize/{}/resume", task_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def top_up(
    task_id: str, body: models.TopUpBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.ControlAccepted]:
    """Top up.

    Add to a run's budget; a run that waits for budget goes on.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/optimize/{}/top_up", task_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )
