"""Operations on prompts versions; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create_version(
    prompt_id: str,
    body: models.VersionBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.VersionView]:
    """Make a version.

    Make an immutable version of a program, or of what a run found.

    An equal program is not kept twice: the version that there is, is answered with 200. A version
    from a run carries the run's verdict, which guarded labels ask for.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/prompts/{}/versions", prompt_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.VersionView,
    )


def get_version(prompt_id: str, number: int | str) -> Answer[models.VersionView]:
    """Read a version.

    Give a version with its program. It never changes, so it may be kept for ever.
    """
    return Answer(
        Call("GET", path("/api/v1/prompts/{}/versions/{}", prompt_id, number)), models.VersionView
    )


def get_version_diff(
    prompt_id: str, before: int | str, after: int | str
) -> Answer[models.ProgramDifference]:
    """Compare versions.

    Say what differs: texts as unified diffs, parameters field by field.
    """
    return Answer(
        Call("GET", path("/api/v1/prompts/{}/versions/{}/diff/{}", prompt_id, before, after)),
        models.ProgramDifference,
    )


def version_render(
    prompt_id: str,
    number: int | str,
    body: models.RenderBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.Rendered]:
    """Fill a version.

    Fill the placeholders with inputs: byte for byte the messages that evaluators send.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/prompts/{}/versions/{}/render", prompt_id, number),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Rendered,
    )


def versions(
    prompt_id: str,
    *,
    run_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.VersionList, models.VersionSummary]:
    """List versions.

    List versions, newest first, without their programs.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/prompts/{}/versions", prompt_id),
            query={"run_id": run_id, "cursor": cursor, "limit": limit},
        ),
        models.VersionList,
        models.VersionSummary,
    )
