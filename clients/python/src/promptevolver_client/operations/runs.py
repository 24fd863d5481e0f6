"""Operations on runs; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Feed, Lines, Listing, path
from promptevolver_client.model import plain


def cancel(
    run_id: str,
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
            path("/api/v1/runs/{}/cancel", run_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def continue_(
    run_id: str,
    body: models.ContinueBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.Accepted]:
    """Continue.

    Go on from what this run has found, for instance with another strategy and a new budget.

    The new run knows the best of this one's accepted candidates from its start, those that were
    vetoed left out; its original stays the same, so that the verdict is against it. What was
    scored before is not paid again.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/continue", run_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Accepted,
    )


def events(run_id: str, *, after: int = 0) -> Feed:
    """Follow a run.

    Stream what happens in a run, from its beginning or after an event.

    An event's id is its stream sequence; its data is the object that the WebSocket sends too, as
    described in `live.md`. Types: the run's facts (`run.started`, …), `run.requested`, `control`,
    `shard.completed`, and `progress`, which sums up shards that come faster than four a second.
    After the run's last fact comes `end`. A client that falls behind gets `dropped` with the
    reason, and goes on where it was by `Last-Event-ID`.
    """
    return Feed(Call("GET", path("/api/v1/runs/{}/events", run_id)), after)


def facets(
    *,
    field: Literal[
        "state",
        "kind",
        "strategy",
        "program",
        "dataset",
        "task_model",
        "metric",
        "verdict",
        "simulated",
        "tag",
        "metadata",
        "config",
    ],
    key: str | None = None,
    containing: str | None = None,
    limit: int | None = None,
) -> Answer[models.FacetAnswer]:
    """Count the values of a field.

    Give the values of a field of the project's runs with how many runs have each.

    Archived runs count as well. Of `metadata` and `config` the keys come, each as `key` takes it;
    with a `key` its values, as JSON: a filter takes them as they are. At most 50 keys of either
    are counted for a run, and values of up to 400 bytes; what lies in lists is not counted.
    """
    return Answer(
        Call(
            "GET",
            "/api/v1/runs/facets",
            query={"field": field, "key": key, "containing": containing, "limit": limit},
        ),
        models.FacetAnswer,
    )


def feedback(run_id: str) -> Answer[models.RunFeedback]:
    """Read a run's feedback.

    Give what the run took along and used, and what was said about it since.
    """
    return Answer(Call("GET", path("/api/v1/runs/{}/feedback", run_id)), models.RunFeedback)


def fork(
    run_id: str,
    body: models.ForkBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.Accepted]:
    """Fork.

    Start a run whose original is a candidate of this one, by default its winner.

    The body is merged into the stored request. What was scored before is not paid again.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/fork", run_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Accepted,
    )


def get(run_id: str, *, wait_for_seq: int | None = None) -> Answer[models.RunDetail]:
    """Read a run and its notes.

    Give a run's state, scores, spend, what people say of it and, in the end, its winner.

    To follow a run without a stream, ask again with `wait_for_seq` one above the `last_seq` seen;
    the answer comes once there is news, the run has ended, or 25 seconds are over.
    """
    return Answer(
        Call("GET", path("/api/v1/runs/{}", run_id), query={"wait_for_seq": wait_for_seq}),
        models.RunDetail,
    )


def lineage(run_id: str) -> Answer[models.LineageAnswer]:
    """Read the family tree.

    Give all candidates of a run with their parents, without texts.
    """
    return Answer(Call("GET", path("/api/v1/runs/{}/lineage", run_id)), models.LineageAnswer)


def list(
    *,
    archived: Literal["exclude", "include", "only"] | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.RunItems, models.RunItem]:
    """Search runs.

    List runs, newest first: filtered, sorted, with the columns that are asked for.

    Groups of `fields`: core, progress, scores, spend, notes, texts, config. Winners' texts and
    configurations come only when asked for. A cursor holds for the filter and sort that it was
    given with.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/runs",
            query={
                "archived": archived,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.RunItems,
        models.RunItem,
    )


def stream(
    *,
    archived: Literal["exclude", "include", "only"] | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
) -> Lines[models.RunItem]:
    """In one stream, all of them: search runs.

    List runs, newest first: filtered, sorted, with the columns that are asked for.

    Groups of `fields`: core, progress, scores, spend, notes, texts, config. Winners' texts and
    configurations come only when asked for. A cursor holds for the filter and sort that it was
    given with.
    """
    return Lines(
        Call(
            "GET",
            "/api/v1/runs",
            query={
                "archived": archived,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
            },
        ),
        models.RunItem,
    )


def pause(
    run_id: str,
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
            path("/api/v1/runs/{}/pause", run_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def request(run_id: str) -> Answer[models.RunRequest]:
    """Read what was asked for.

    Give the request as it was admitted, defaults filled in; the dataset by reference.
    """
    return Answer(Call("GET", path("/api/v1/runs/{}/request", run_id)), models.RunRequest)


def rerun(
    run_id: str,
    body: models.RerunBody | Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Answer[models.Accepted]:
    """Run again.

    Ask for the same run again, with whatever the body changes.

    The body is merged into the stored request: objects by key, null goes back to the default. The
    dataset is not sent again. Answers that the response cache holds are not paid again: with
    nothing changed an evaluation costs nothing, and a search goes on with the budget that is left,
    so it may end elsewhere. Set `response_cache` to false to have it measured anew.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/rerun", run_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Accepted,
    )


def resume(
    run_id: str,
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
            path("/api/v1/runs/{}/resume", run_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def spend(run_id: str, *, buckets: int | None = None) -> Answer[models.SpendAnswer]:
    """Read what a run spent.

    Give what a run spent over time, by purpose (proposals, search, exam) and by model.

    Models are known of proposals, and of scoring where no judge had a part in it.
    """
    return Answer(
        Call("GET", path("/api/v1/runs/{}/spend", run_id), query={"buckets": buckets}),
        models.SpendAnswer,
    )


def top_up(
    run_id: str, body: models.TopUpBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.ControlAccepted]:
    """Top up.

    Add to a run's budget; a run that waits for budget goes on.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/runs/{}/top_up", run_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.ControlAccepted,
    )


def update(
    run_id: str, body: models.RunChanges | Mapping[str, Any], *, if_match: str | None = None
) -> Answer[models.RunDetail]:
    """Name, tag, note, archive.

    Change what people say of a run; what is left out stays, null takes it back.

    `If-Match` holds while nobody else has changed that; what the run does meanwhile is no matter.
    """
    return Answer(
        Call(
            "PATCH",
            path("/api/v1/runs/{}", run_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.RunDetail,
    )
