"""The API's operations; made by derive.py from the document."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.calls import AsyncContent, Call, path
from promptevolver_client.events import Event
from promptevolver_client.model import plain


class AsyncApiKeys:
    """Operations on api keys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, body: models.NewKeyBody | Mapping[str, Any]) -> models.KeyMade:
        """Make an API key.

        Make a key of the project with some of one's own scopes. Its text is shown only now.

        A key is never worth more than its maker: when they lose a scope, so does the key.
        """
        return await self._connection.answer(
            models.KeyMade, Call("POST", "/api/v1/api_keys", json=plain(body))
        )

    async def delete(self, key_id: str) -> None:
        """Revoke an API key.

        End a key at once, at every gateway.
        """
        await self._connection.value(Call("DELETE", path("/api/v1/api_keys/{}", key_id)))

    async def get(self, key_id: str) -> models.ApiKey:
        """Read an API key.

        Give a key, without its secret, and when it was used last.
        """
        return await self._connection.answer(
            models.ApiKey, Call("GET", path("/api/v1/api_keys/{}", key_id))
        )

    async def list(self, *, cursor: str | None = None, limit: int | None = None) -> models.KeyList:
        """List API keys.

        List the project's keys, newest first, ended ones too.
        """
        return await self._connection.answer(
            models.KeyList,
            Call(
                "GET",
                "/api/v1/api_keys",
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(self, *, limit: int | None = None) -> AsyncIterator[models.ApiKey]:
        """Page by page, all of them: list API keys.

        List the project's keys, newest first, ended ones too.
        """
        return self._connection.entries(
            models.KeyList,
            models.ApiKey,
            Call(
                "GET",
                "/api/v1/api_keys",
                query={
                    "limit": limit,
                },
            ),
        )

    async def rotate(
        self, key_id: str, body: models.RotateBody | Mapping[str, Any] | None = None
    ) -> models.KeyMade:
        """Rotate an API key.

        Make the key's successor, with its scopes and its end; the key goes on for the overlap.
        """
        return await self._connection.answer(
            models.KeyMade,
            Call("POST", path("/api/v1/api_keys/{}/rotate", key_id), json=plain(body)),
        )


class AsyncAuditEvents:
    """Operations on audit events."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        about: Literal["project", "installation"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.AuditList:
        """Read the audit log.

        List sensitive acts in the project, newest first. Nobody can change or delete them.
        """
        return await self._connection.answer(
            models.AuditList,
            Call(
                "GET",
                "/api/v1/audit_events",
                query={
                    "actor": actor,
                    "action": action,
                    "target": target,
                    "since": since,
                    "until": until,
                    "about": about,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        about: Literal["project", "installation"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.AuditEvent]:
        """Page by page, all of them: read the audit log.

        List sensitive acts in the project, newest first. Nobody can change or delete them.
        """
        return self._connection.entries(
            models.AuditList,
            models.AuditEvent,
            Call(
                "GET",
                "/api/v1/audit_events",
                query={
                    "actor": actor,
                    "action": action,
                    "target": target,
                    "since": since,
                    "until": until,
                    "about": about,
                    "limit": limit,
                },
            ),
        )


class AsyncAuth:
    """Operations on auth."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def delete_session(self, session_id: str) -> None:
        """End a session.

        End one of the user's sessions, at once and at every gateway.
        """
        await self._connection.value(Call("DELETE", path("/api/v1/auth/sessions/{}", session_id)))

    async def methods(self) -> models.SignInMethods:
        """How to sign in.

        Say how callers prove who they are here. Needs no credentials.
        """
        return await self._connection.answer(
            models.SignInMethods, Call("GET", "/api/v1/auth/methods")
        )

    async def password(self, body: models.PasswordBody | Mapping[str, Any]) -> None:
        """Change the password.

        Set another password; all other sessions end.
        """
        await self._connection.value(Call("POST", "/api/v1/auth/password", json=plain(body)))

    async def refresh(self, body: models.RefreshBody | Mapping[str, Any]) -> models.TokenPair:
        """Renew a session's tokens.

        Exchange a refresh token for an access token and the next refresh token.

        A refresh token is good once. When an answer got lost, the same exchange may be repeated for a
        few seconds, and gives the same refresh token; later, or after that one was used, it ends the
        whole session, since somebody else may have the tokens.
        """
        return await self._connection.answer(
            models.TokenPair, Call("POST", "/api/v1/auth/refresh", json=plain(body))
        )

    async def register(self, body: models.RegisterBody | Mapping[str, Any]) -> models.User:
        """Register.

        Make a user of oneself, where registration is open or with an invitation's token.

        An invitation also makes one a member of its project. Sign in afterwards.
        """
        return await self._connection.answer(
            models.User, Call("POST", "/api/v1/auth/register", json=plain(body))
        )

    async def sessions(self) -> models.SessionList:
        """List sessions.

        List the user's open sessions, newest first; there are at most a hundred.
        """
        return await self._connection.answer(
            models.SessionList, Call("GET", "/api/v1/auth/sessions")
        )

    async def sign_in(self, body: models.SignInBody | Mapping[str, Any]) -> models.TokenPair:
        """Sign in.

        Open a session: a short access token, and a refresh token to get the next ones.

        A wrong password and an unknown address are told apart by nothing, not even by time.
        """
        return await self._connection.answer(
            models.TokenPair, Call("POST", "/api/v1/auth/sign_in", json=plain(body))
        )

    async def sign_out(self) -> None:
        """Sign out.

        End this session; its tokens are worth nothing at once, at every gateway.
        """
        await self._connection.value(Call("POST", "/api/v1/auth/sign_out"))

    async def sign_out_everywhere(self) -> None:
        """Sign out everywhere.

        End all sessions of the user, this one too.
        """
        await self._connection.value(Call("POST", "/api/v1/auth/sign_out_everywhere"))


class AsyncDatasets:
    """Operations on datasets."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, body: models.NamedDatasetBody | Mapping[str, Any]) -> models.Dataset:
        """Make a dataset.

        Make a dataset with an empty draft; fill the draft, then commit it as a version.
        """
        return await self._connection.answer(
            models.Dataset, Call("POST", "/api/v1/datasets", json=plain(body))
        )

    async def create_draft_item(
        self, dataset_id: str, body: models.ItemsBody | Mapping[str, Any]
    ) -> models.UploadOutcome:
        """Put some draft items.

        Add items to the draft or replace them: all of them, or none.
        """
        return await self._connection.answer(
            models.UploadOutcome,
            Call("POST", path("/api/v1/datasets/{}/draft/items", dataset_id), json=plain(body)),
        )

    async def create_draft_split(
        self, dataset_id: str, body: models.SplitsBody | Mapping[str, Any]
    ) -> models.Dataset:
        """Divide the draft.

        Assign train, validation and test anew.

        Equal ids and seed give equal splits. Sealed items stay in the test split, and count for it.
        """
        return await self._connection.answer(
            models.Dataset,
            Call("POST", path("/api/v1/datasets/{}/draft/splits", dataset_id), json=plain(body)),
        )

    async def create_upload(
        self,
        dataset_id: str,
        content: AsyncContent,
        *,
        content_type: Literal["text/csv", "application/x-ndjson", "application/vnd.apache.parquet"],
        format: Literal["csv", "jsonl", "parquet"] | None = None,
        mapping: str | None = None,
        delimiter: Literal[",", ";", "\t", "|"] | None = None,
        mode: Literal["append", "replace", "upsert"] | None = None,
        default_split: Literal["train", "validation", "test"] | None = None,
        on_error: Literal["abort", "skip"] | None = None,
        max_rows: int | None = None,
        dry_run: bool | None = None,
    ) -> models.UploadReport:
        """Upload a file into the draft.

        Add a CSV, JSONL or Parquet file to the draft: all of its rows, or none.

        Send the file itself as the body, streamed if you like. Rows without an id are named by their
        content. With `Accept: text/csv` the answer is the report of errors as a table.
        """
        return await self._connection.answer(
            models.UploadReport,
            Call(
                "POST",
                path("/api/v1/datasets/{}/uploads", dataset_id),
                query={
                    "format": format,
                    "mapping": mapping,
                    "delimiter": delimiter,
                    "mode": mode,
                    "default_split": default_split,
                    "on_error": on_error,
                    "max_rows": max_rows,
                    "dry_run": dry_run,
                },
                content=content,
                headers={"Content-Type": content_type},
            ),
        )

    async def create_version(
        self, dataset_id: str, body: models.CommitBody | Mapping[str, Any]
    ) -> models.DatasetVersion:
        """Commit the draft.

        Make an immutable version of the draft; its test split is sealed from then on.

        Runs refer to it by `content_id`, or by the dataset's id and the version's number.
        """
        return await self._connection.answer(
            models.DatasetVersion,
            Call("POST", path("/api/v1/datasets/{}/versions", dataset_id), json=plain(body)),
        )

    async def delete(self, dataset_id: str, *, if_match: str | None = None) -> models.Dataset:
        """Archive a dataset.

        Put a dataset away: it takes no more changes and leaves the list. Its versions stay.
        """
        return await self._connection.answer(
            models.Dataset,
            Call(
                "DELETE",
                path("/api/v1/datasets/{}", dataset_id),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def delete_draft(self, dataset_id: str, *, if_match: str | None = None) -> models.Dataset:
        """Reset the draft.

        Make the draft equal to the latest version again; without any, empty.

        `If-Match` takes the dataset's ETag.
        """
        return await self._connection.answer(
            models.Dataset,
            Call(
                "DELETE",
                path("/api/v1/datasets/{}/draft", dataset_id),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def delete_draft_item(
        self, dataset_id: str, item_id: str, *, if_match: str | None = None
    ) -> models.Dataset:
        """Take out a draft item.

        Take an item out of the draft; versions that have it keep it.
        """
        return await self._connection.answer(
            models.Dataset,
            Call(
                "DELETE",
                path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def draft_diff(
        self,
        dataset_id: str,
        *,
        change: Literal["added", "removed", "changed", "moved"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ChangeList:
        """Compare the draft.

        List what changed in the draft since the latest version.
        """
        return await self._connection.answer(
            models.ChangeList,
            Call(
                "GET",
                path("/api/v1/datasets/{}/draft/diff", dataset_id),
                query={
                    "change": change,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_draft_diff(
        self,
        dataset_id: str,
        *,
        change: Literal["added", "removed", "changed", "moved"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.ItemChange]:
        """Page by page, all of them: compare the draft.

        List what changed in the draft since the latest version.
        """
        return self._connection.entries(
            models.ChangeList,
            models.ItemChange,
            Call(
                "GET",
                path("/api/v1/datasets/{}/draft/diff", dataset_id),
                query={
                    "change": change,
                    "limit": limit,
                },
            ),
        )

    async def draft_items(
        self,
        dataset_id: str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ItemList:
        """List draft items.

        List the draft's items in order.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return await self._connection.answer(
            models.ItemList,
            Call(
                "GET",
                path("/api/v1/datasets/{}/draft/items", dataset_id),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_draft_items(
        self,
        dataset_id: str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.Item]:
        """Page by page, all of them: list draft items.

        List the draft's items in order.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return self._connection.entries(
            models.ItemList,
            models.Item,
            Call(
                "GET",
                path("/api/v1/datasets/{}/draft/items", dataset_id),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                    "limit": limit,
                },
            ),
        )

    def stream_draft_items(
        self,
        dataset_id: str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
    ) -> AsyncIterator[models.Item]:
        """In one stream, all of them: list draft items.

        List the draft's items in order.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return self._connection.lines(
            models.Item,
            Call(
                "GET",
                path("/api/v1/datasets/{}/draft/items", dataset_id),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                },
            ),
        )

    def download_draft_items(
        self,
        dataset_id: str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
        accept: Literal["text/csv", "application/x-ndjson"] = "text/csv",
    ) -> AsyncIterator[bytes]:
        """As a file, piece by piece: list draft items.

        List the draft's items in order.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return self._connection.chunks(
            Call(
                "GET",
                path("/api/v1/datasets/{}/draft/items", dataset_id),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                },
            ),
            accept,
        )

    async def draft_quality(self, dataset_id: str) -> models.Quality:
        """Check the draft.

        Look for duplicates, leaks between splits, contradictions and outliers.
        """
        return await self._connection.answer(
            models.Quality, Call("GET", path("/api/v1/datasets/{}/draft/quality", dataset_id))
        )

    async def draft_unseal(
        self, dataset_id: str, body: models.UnsealBody | Mapping[str, Any]
    ) -> models.UnsealItemsAnswer:
        """Unseal test items.

        Let items leave the test split that were in it in a version; kept in the audit log.

        Whatever was tuned on such an item is no longer examined by it.
        """
        return await self._connection.answer(
            models.UnsealItemsAnswer,
            Call("POST", path("/api/v1/datasets/{}/draft/unseal", dataset_id), json=plain(body)),
        )

    async def get(self, dataset_id: str) -> models.Dataset:
        """Read a dataset.

        Give a dataset with the sizes of its draft and its latest version.
        """
        return await self._connection.answer(
            models.Dataset, Call("GET", path("/api/v1/datasets/{}", dataset_id))
        )

    async def get_draft_item(self, dataset_id: str, item_id: str) -> models.Item:
        """Read a draft item.

        Give an item of the draft.
        """
        return await self._connection.answer(
            models.Item,
            Call("GET", path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id)),
        )

    async def get_version(self, dataset_id: str, number: int | str) -> models.DatasetVersion:
        """Read a version.

        Give a version.
        """
        return await self._connection.answer(
            models.DatasetVersion,
            Call("GET", path("/api/v1/datasets/{}/versions/{}", dataset_id, number)),
        )

    async def get_version_diff(
        self,
        dataset_id: str,
        number: int | str,
        other: int | str,
        *,
        change: Literal["added", "removed", "changed", "moved"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ChangeList:
        """Compare two versions.

        List what changed from the first version to the other, item by item.
        """
        return await self._connection.answer(
            models.ChangeList,
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions/{}/diff/{}", dataset_id, number, other),
                query={
                    "change": change,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_get_version_diff(
        self,
        dataset_id: str,
        number: int | str,
        other: int | str,
        *,
        change: Literal["added", "removed", "changed", "moved"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.ItemChange]:
        """Page by page, all of them: compare two versions.

        List what changed from the first version to the other, item by item.
        """
        return self._connection.entries(
            models.ChangeList,
            models.ItemChange,
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions/{}/diff/{}", dataset_id, number, other),
                query={
                    "change": change,
                    "limit": limit,
                },
            ),
        )

    async def list(
        self,
        *,
        name: str | None = None,
        archived: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.DatasetList:
        """List datasets.

        List datasets, newest first.
        """
        return await self._connection.answer(
            models.DatasetList,
            Call(
                "GET",
                "/api/v1/datasets",
                query={
                    "name": name,
                    "archived": archived,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self, *, name: str | None = None, archived: bool | None = None, limit: int | None = None
    ) -> AsyncIterator[models.Dataset]:
        """Page by page, all of them: list datasets.

        List datasets, newest first.
        """
        return self._connection.entries(
            models.DatasetList,
            models.Dataset,
            Call(
                "GET",
                "/api/v1/datasets",
                query={
                    "name": name,
                    "archived": archived,
                    "limit": limit,
                },
            ),
        )

    async def put_draft_item(
        self,
        dataset_id: str,
        item_id: str,
        body: models.ItemBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.Item:
        """Put a draft item.

        Add an item to the draft, or replace the one with this id.
        """
        return await self._connection.answer(
            models.Item,
            Call(
                "PUT",
                path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def update(
        self,
        dataset_id: str,
        body: models.DatasetChangesBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.Dataset:
        """Change a dataset.

        Change name, description, metadata or schemas. Schemas hold for what comes from now on.
        """
        return await self._connection.answer(
            models.Dataset,
            Call(
                "PATCH",
                path("/api/v1/datasets/{}", dataset_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def update_draft_item(
        self,
        dataset_id: str,
        item_id: str,
        body: models.ItemChangesBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.Item:
        """Change a draft item.

        Change parts of an item. A null takes `expected` and `cluster` away.
        """
        return await self._connection.answer(
            models.Item,
            Call(
                "PATCH",
                path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def version_items(
        self,
        dataset_id: str,
        number: int | str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ItemList:
        """List a version's items.

        List a version's items in order, those of the test split too: it is sealed for strategies.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return await self._connection.answer(
            models.ItemList,
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions/{}/items", dataset_id, number),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_version_items(
        self,
        dataset_id: str,
        number: int | str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.Item]:
        """Page by page, all of them: list a version's items.

        List a version's items in order, those of the test split too: it is sealed for strategies.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return self._connection.entries(
            models.ItemList,
            models.Item,
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions/{}/items", dataset_id, number),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                    "limit": limit,
                },
            ),
        )

    def stream_version_items(
        self,
        dataset_id: str,
        number: int | str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
    ) -> AsyncIterator[models.Item]:
        """In one stream, all of them: list a version's items.

        List a version's items in order, those of the test split too: it is sealed for strategies.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return self._connection.lines(
            models.Item,
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions/{}/items", dataset_id, number),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                },
            ),
        )

    def download_version_items(
        self,
        dataset_id: str,
        number: int | str,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        cluster: str | None = None,
        text: str | None = None,
        spreadsheet: bool | None = None,
        accept: Literal["text/csv", "application/x-ndjson"] = "text/csv",
    ) -> AsyncIterator[bytes]:
        """As a file, piece by piece: list a version's items.

        List a version's items in order, those of the test split too: it is sealed for strategies.

        With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
        uploaded again.
        """
        return self._connection.chunks(
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions/{}/items", dataset_id, number),
                query={
                    "split": split,
                    "cluster": cluster,
                    "text": text,
                    "spreadsheet": spreadsheet,
                },
            ),
            accept,
        )

    async def version_quality(self, dataset_id: str, number: int | str) -> models.Quality:
        """Check a version.

        Look for duplicates, leaks between splits, contradictions and outliers.
        """
        return await self._connection.answer(
            models.Quality,
            Call("GET", path("/api/v1/datasets/{}/versions/{}/quality", dataset_id, number)),
        )

    async def versions(
        self, dataset_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.DatasetVersionList:
        """List versions.

        List a dataset's versions, newest first.
        """
        return await self._connection.answer(
            models.DatasetVersionList,
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions", dataset_id),
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_versions(
        self, dataset_id: str, *, limit: int | None = None
    ) -> AsyncIterator[models.DatasetVersion]:
        """Page by page, all of them: list versions.

        List a dataset's versions, newest first.
        """
        return self._connection.entries(
            models.DatasetVersionList,
            models.DatasetVersion,
            Call(
                "GET",
                path("/api/v1/datasets/{}/versions", dataset_id),
                query={
                    "limit": limit,
                },
            ),
        )


class AsyncEvaluations:
    """Operations on evaluations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(
        self, body: models.EvaluationBody | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> models.Accepted:
        """Start an evaluation.

        Score a program on a dataset without changing it.

        The run is read, followed and controlled like an optimization.
        """
        return await self._connection.answer(
            models.Accepted,
            Call(
                "POST",
                "/api/v1/evaluations",
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )


class AsyncEvaluators:
    """Operations on evaluators."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def agreement(
        self, *, metric: str, run_id: Sequence[str] | None = None, threshold: float | None = None
    ) -> models.AgreementView:
        """Compare a metric with people.

        Tell how far a metric's scores agree with the ratings in feedback on the same outputs.

        Cohen's kappa with its interval and the confusion matrix, and the outputs that they are
        furthest apart on. A judge that people do not agree with is no judge to optimize for.
        """
        return await self._connection.answer(
            models.AgreementView,
            Call(
                "GET",
                "/api/v1/evaluators/agreement",
                query={
                    "metric": metric,
                    "run_id": run_id,
                    "threshold": threshold,
                },
            ),
        )

    async def bench(
        self, kind: str, body: models.BenchBody | Mapping[str, Any]
    ) -> models.TriedMetric:
        """Try an evaluator.

        Score sample outputs, as a run would.

        A sample that could not be scored says why; it never counts as zero. A judge's calls are paid
        by the installation's provider account, and cached like those of runs; they count against the
        project's daily limit, and the audit log names who made them.
        """
        return await self._connection.answer(
            models.TriedMetric,
            Call("POST", path("/api/v1/evaluators/{}/bench", kind), json=plain(body)),
        )

    async def get(self, kind: str) -> models.Evaluator:
        """Read an evaluator.

        Give a metric with the schema of its parameters.
        """
        return await self._connection.answer(
            models.Evaluator, Call("GET", path("/api/v1/evaluators/{}", kind))
        )

    async def list(self) -> models.EvaluatorList:
        """List evaluators.

        List the metrics that evaluators have, with the schemas of their parameters.
        """
        return await self._connection.answer(
            models.EvaluatorList, Call("GET", "/api/v1/evaluators")
        )


class AsyncExports:
    """Operations on exports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, body: models.ExportBody | Mapping[str, Any]) -> models.Job:
        """Export a list.

        Write all entries that the filter lets through into a file, in the background.

        CSV and XLSX have a column for each nested value (`spend.usd`, `scores.accuracy`) and JSON for
        lists; JSONL has the entries as the API gives them; Parquet has types. In CSV a text that a
        spreadsheet would run as a formula gets an apostrophe in front. A `run_archive` holds ended
        runs word for word, to be imported elsewhere. Read the job until it has `completed`, then its
        file.
        """
        return await self._connection.answer(
            models.Job, Call("POST", "/api/v1/exports", json=plain(body))
        )


class AsyncFeedback:
    """Operations on feedback."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, body: models.FeedbackBody | Mapping[str, Any]) -> models.FeedbackView:
        """Give feedback.

        Rate, correct or comment an output, a candidate or a prompt's version.

        It teaches: a correction becomes an item of a dataset's draft (`draft_item`, or `draft_note`
        says why not; the scope `data:write` is needed for it too), ratings show how far a metric agrees
        with people, and runs of the same program offer all of it to their operators as evidence.
        """
        return await self._connection.answer(
            models.FeedbackView, Call("POST", "/api/v1/feedback", json=plain(body))
        )

    async def delete(self, feedback_id: str) -> models.FeedbackView:
        """Withdraw feedback.

        Let it teach no longer. It stays readable, and what it taught stays as it is.
        """
        return await self._connection.answer(
            models.FeedbackView, Call("DELETE", path("/api/v1/feedback/{}", feedback_id))
        )

    async def get(self, feedback_id: str) -> models.FeedbackView:
        """Read feedback.

        Give one feedback, with the runs that used it.
        """
        return await self._connection.answer(
            models.FeedbackView, Call("GET", path("/api/v1/feedback/{}", feedback_id))
        )

    async def list(
        self,
        *,
        run_id: str | None = None,
        candidate_id: str | None = None,
        example_id: str | None = None,
        prompt: str | None = None,
        withdrawn: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.FeedbackList:
        """List feedback.

        List what people said, newest first.
        """
        return await self._connection.answer(
            models.FeedbackList,
            Call(
                "GET",
                "/api/v1/feedback",
                query={
                    "run_id": run_id,
                    "candidate_id": candidate_id,
                    "example_id": example_id,
                    "prompt": prompt,
                    "withdrawn": withdrawn,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self,
        *,
        run_id: str | None = None,
        candidate_id: str | None = None,
        example_id: str | None = None,
        prompt: str | None = None,
        withdrawn: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.FeedbackView]:
        """Page by page, all of them: list feedback.

        List what people said, newest first.
        """
        return self._connection.entries(
            models.FeedbackList,
            models.FeedbackView,
            Call(
                "GET",
                "/api/v1/feedback",
                query={
                    "run_id": run_id,
                    "candidate_id": candidate_id,
                    "example_id": example_id,
                    "prompt": prompt,
                    "withdrawn": withdrawn,
                    "limit": limit,
                },
            ),
        )


class AsyncHealth:
    """Operations on health."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self) -> models.HealthAnswer:
        """State of the whole.

        Say whether the broker, its stream and the services answer, and how long the queues are.

        The status code is 200 even when something is away; see `status`.
        """
        return await self._connection.answer(models.HealthAnswer, Call("GET", "/api/v1/health"))

    async def livez(self) -> Any:
        """Alive.

        Answer as long as the process runs.
        """
        return await self._connection.value(Call("GET", "/livez"))

    async def metrics(self) -> str:
        """Metrics.

        Give the figures that Prometheus reads.
        """
        return await self._connection.text(Call("GET", "/metrics"))

    async def readyz(self) -> Any:
        """Ready.

        Answer 200 when the broker is connected and the stream is there, else 503.
        """
        return await self._connection.value(Call("GET", "/readyz"))


class AsyncHistory:
    """Operations on history."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list(
        self,
        *,
        state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
        | None = None,
        strategy: str | None = None,
        kind: Literal["optimization", "evaluation"] | None = None,
        archived: Literal["exclude", "include", "only"] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.RunItems:
        """List runs.

        List runs, newest first: as `GET /runs`, with parameters for what is asked most often.
        """
        return await self._connection.answer(
            models.RunItems,
            Call(
                "GET",
                "/api/v1/history",
                query={
                    "state": state,
                    "strategy": strategy,
                    "kind": kind,
                    "archived": archived,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self,
        *,
        state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
        | None = None,
        strategy: str | None = None,
        kind: Literal["optimization", "evaluation"] | None = None,
        archived: Literal["exclude", "include", "only"] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.RunItem]:
        """Page by page, all of them: list runs.

        List runs, newest first: as `GET /runs`, with parameters for what is asked most often.
        """
        return self._connection.entries(
            models.RunItems,
            models.RunItem,
            Call(
                "GET",
                "/api/v1/history",
                query={
                    "state": state,
                    "strategy": strategy,
                    "kind": kind,
                    "archived": archived,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "limit": limit,
                },
            ),
        )

    def stream(
        self,
        *,
        state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
        | None = None,
        strategy: str | None = None,
        kind: Literal["optimization", "evaluation"] | None = None,
        archived: Literal["exclude", "include", "only"] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
    ) -> AsyncIterator[models.RunItem]:
        """In one stream, all of them: list runs.

        List runs, newest first: as `GET /runs`, with parameters for what is asked most often.
        """
        return self._connection.lines(
            models.RunItem,
            Call(
                "GET",
                "/api/v1/history",
                query={
                    "state": state,
                    "strategy": strategy,
                    "kind": kind,
                    "archived": archived,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                },
            ),
        )


class AsyncImports:
    """Operations on imports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(
        self,
        content: AsyncContent,
        *,
        content_type: Literal["application/gzip", "application/x-ndjson"],
        resource: Literal["run_archive", "prompt_versions"],
        dry_run: bool | None = None,
    ) -> models.Job:
        """Import runs or prompts.

        Take in a run archive or versions of prompts: all of the file, or nothing.

        Runs become ended runs of this project with the tag `imported`; one that is there already must
        be the same, message by message. Versions join the prompts of their names, which are made
        where they are missing; labels stay where they are. The job's `result.imported` tells faults by
        line. Items of datasets are imported by uploading them into a draft.
        """
        return await self._connection.answer(
            models.Job,
            Call(
                "POST",
                "/api/v1/imports",
                query={
                    "resource": resource,
                    "dry_run": dry_run,
                },
                content=content,
                headers={"Content-Type": content_type},
            ),
        )


class AsyncInvitations:
    """Operations on invitations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(
        self, body: models.InvitationBody | Mapping[str, Any]
    ) -> models.InvitationMade:
        """Invite somebody.

        Keep a place in the project for an address.

        No mail is sent: give the token, which is shown only now, to who is invited; they register
        with it.
        """
        return await self._connection.answer(
            models.InvitationMade, Call("POST", "/api/v1/invitations", json=plain(body))
        )

    async def delete(self, invitation_id: str) -> None:
        """Withdraw an invitation.

        End an invitation that nobody has used.
        """
        await self._connection.value(Call("DELETE", path("/api/v1/invitations/{}", invitation_id)))

    async def list(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.InvitationList:
        """List invitations.

        List the project's open invitations, newest first.
        """
        return await self._connection.answer(
            models.InvitationList,
            Call(
                "GET",
                "/api/v1/invitations",
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(self, *, limit: int | None = None) -> AsyncIterator[models.Invitation]:
        """Page by page, all of them: list invitations.

        List the project's open invitations, newest first.
        """
        return self._connection.entries(
            models.InvitationList,
            models.Invitation,
            Call(
                "GET",
                "/api/v1/invitations",
                query={
                    "limit": limit,
                },
            ),
        )


class AsyncJobs:
    """Operations on jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def cancel(self, job_id: str) -> models.Job:
        """Cancel a job.

        Stop a job and drop what it made so far; one that has ended stays as it is.
        """
        return await self._connection.answer(
            models.Job, Call("POST", path("/api/v1/jobs/{}/cancel", job_id))
        )

    def file(
        self,
        job_id: str,
        *,
        accept: Literal["application/octet-stream"] = "application/octet-stream",
    ) -> AsyncIterator[bytes]:
        """As a file, piece by piece: download a job's file.

        Give what an export or a report made; needs the scope to read what is in it as well.
        """
        return self._connection.chunks(Call("GET", path("/api/v1/jobs/{}/file", job_id)), accept)

    async def get(self, job_id: str, *, wait_s: float | None = None) -> models.Job:
        """Read a job.

        Give how far a job is and, in the end, what came of it.
        """
        return await self._connection.answer(
            models.Job,
            Call(
                "GET",
                path("/api/v1/jobs/{}", job_id),
                query={
                    "wait_s": wait_s,
                },
            ),
        )

    async def list(
        self,
        *,
        kind: Literal["export", "report", "import"] | None = None,
        state: Literal["queued", "running", "completed", "failed", "cancelled"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.JobList:
        """List jobs.

        List the project's exports, reports and imports, newest first, until they expire.
        """
        return await self._connection.answer(
            models.JobList,
            Call(
                "GET",
                "/api/v1/jobs",
                query={
                    "kind": kind,
                    "state": state,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self,
        *,
        kind: Literal["export", "report", "import"] | None = None,
        state: Literal["queued", "running", "completed", "failed", "cancelled"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.Job]:
        """Page by page, all of them: list jobs.

        List the project's exports, reports and imports, newest first, until they expire.
        """
        return self._connection.entries(
            models.JobList,
            models.Job,
            Call(
                "GET",
                "/api/v1/jobs",
                query={
                    "kind": kind,
                    "state": state,
                    "limit": limit,
                },
            ),
        )


class AsyncMe:
    """Operations on me."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self) -> models.Me:
        """Who am I.

        Say who calls, in which project, what they may do there, and where else they belong.
        """
        return await self._connection.answer(models.Me, Call("GET", "/api/v1/me"))

    async def update(self, body: models.MeBody | Mapping[str, Any]) -> models.User:
        """Change oneself.

        Change one's own name.
        """
        return await self._connection.answer(
            models.User, Call("PATCH", "/api/v1/me", json=plain(body))
        )


class AsyncOptimize:
    """Operations on optimize."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def cancel(
        self,
        task_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Cancel.

        End a run within seconds. Queued work is dropped; the best candidate stays readable.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/optimize/{}/cancel", task_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def candidates(
        self, task_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.CandidateList:
        """List candidates.

        List a run's candidates in the order in which they were proposed.
        """
        return await self._connection.answer(
            models.CandidateList,
            Call(
                "GET",
                path("/api/v1/optimize/{}/candidates", task_id),
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_candidates(
        self, task_id: str, *, limit: int | None = None
    ) -> AsyncIterator[models.CandidateSummary]:
        """Page by page, all of them: list candidates.

        List a run's candidates in the order in which they were proposed.
        """
        return self._connection.entries(
            models.CandidateList,
            models.CandidateSummary,
            Call(
                "GET",
                path("/api/v1/optimize/{}/candidates", task_id),
                query={
                    "limit": limit,
                },
            ),
        )

    async def create(
        self, body: models.OptimizeBody | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> models.Accepted:
        """Start an optimization.

        Evolve a program.

        The answer comes as soon as the request is stored for good; follow the run by `links.events`
        or `links.self`. Send an `Idempotency-Key` to make repeating safe: the same key and body give
        the same run, with `Idempotency-Replayed: true`.
        """
        return await self._connection.answer(
            models.Accepted,
            Call(
                "POST",
                "/api/v1/optimize",
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def export(self, task_id: str) -> models.Export:
        """Export the winner.

        Give the winner as it was scored, byte for byte, with the original beside it.

        Of a cancelled run the best candidate so far counts.
        """
        return await self._connection.answer(
            models.Export, Call("GET", path("/api/v1/optimize/{}/export", task_id))
        )

    async def get(self, task_id: str) -> models.RunAnswer:
        """Read a run.

        Give a run's state, scores, spend and, once it has ended, its winner and verdict.

        History may be a moment behind the run: `last_seq` says up to which event it has read.
        """
        return await self._connection.answer(
            models.RunAnswer, Call("GET", path("/api/v1/optimize/{}", task_id))
        )

    async def outcomes(
        self,
        task_id: str,
        *,
        candidate_id: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.OutcomeList:
        """List outcomes.

        List what each example gave: output, scores, feedback, spend.
        """
        return await self._connection.answer(
            models.OutcomeList,
            Call(
                "GET",
                path("/api/v1/optimize/{}/outcomes", task_id),
                query={
                    "candidate_id": candidate_id,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_outcomes(
        self, task_id: str, *, candidate_id: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.OutcomeRow]:
        """Page by page, all of them: list outcomes.

        List what each example gave: output, scores, feedback, spend.
        """
        return self._connection.entries(
            models.OutcomeList,
            models.OutcomeRow,
            Call(
                "GET",
                path("/api/v1/optimize/{}/outcomes", task_id),
                query={
                    "candidate_id": candidate_id,
                    "limit": limit,
                },
            ),
        )

    async def pause(
        self,
        task_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Pause.

        Start nothing new until the run is resumed; calls under way are finished.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/optimize/{}/pause", task_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def resume(
        self,
        task_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Resume.

        Go on with a paused run. Nothing that was paid is paid again.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/optimize/{}/resume", task_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def top_up(
        self,
        task_id: str,
        body: models.TopUpBody | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Top up.

        Add to a run's budget; a run that waits for budget goes on.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/optimize/{}/top_up", task_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )


class AsyncProjects:
    """Operations on projects."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def archive(self, project_id: str) -> models.Project:
        """Archive a project.

        Make a project read-only, for people and keys alike. Its runs under way go on.
        """
        return await self._connection.answer(
            models.Project, Call("POST", path("/api/v1/projects/{}/archive", project_id))
        )

    async def create(self, body: models.NewProjectBody | Mapping[str, Any]) -> models.Project:
        """Make a project.

        Make a project; its first admin is the user who makes it. Operators only.
        """
        return await self._connection.answer(
            models.Project, Call("POST", "/api/v1/projects", json=plain(body))
        )

    async def create_member(
        self, project_id: str, body: models.MemberBody | Mapping[str, Any]
    ) -> models.Member:
        """Add a member.

        Make a user a member, as an admin of the project. Who is no user yet is invited instead.
        """
        return await self._connection.answer(
            models.Member,
            Call("POST", path("/api/v1/projects/{}/members", project_id), json=plain(body)),
        )

    async def delete_member(self, project_id: str, user_id: str) -> None:
        """Remove a member.

        End a membership, as an admin of the project, or one's own.

        The keys that the user made for the project stop working.
        """
        await self._connection.value(
            Call("DELETE", path("/api/v1/projects/{}/members/{}", project_id, user_id))
        )

    async def get(self, project_id: str) -> models.Project:
        """Read a project.

        Give a project that one belongs to.
        """
        return await self._connection.answer(
            models.Project, Call("GET", path("/api/v1/projects/{}", project_id))
        )

    async def list(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.ProjectList:
        """List projects.

        List one's projects in the order of their making; operators see all, a key its own.
        """
        return await self._connection.answer(
            models.ProjectList,
            Call(
                "GET",
                "/api/v1/projects",
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(self, *, limit: int | None = None) -> AsyncIterator[models.Project]:
        """Page by page, all of them: list projects.

        List one's projects in the order of their making; operators see all, a key its own.
        """
        return self._connection.entries(
            models.ProjectList,
            models.Project,
            Call(
                "GET",
                "/api/v1/projects",
                query={
                    "limit": limit,
                },
            ),
        )

    async def members(
        self, project_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.MemberList:
        """List members.

        List who belongs to a project, as one who does.
        """
        return await self._connection.answer(
            models.MemberList,
            Call(
                "GET",
                path("/api/v1/projects/{}/members", project_id),
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_members(
        self, project_id: str, *, limit: int | None = None
    ) -> AsyncIterator[models.Member]:
        """Page by page, all of them: list members.

        List who belongs to a project, as one who does.
        """
        return self._connection.entries(
            models.MemberList,
            models.Member,
            Call(
                "GET",
                path("/api/v1/projects/{}/members", project_id),
                query={
                    "limit": limit,
                },
            ),
        )

    async def put_member(
        self, project_id: str, user_id: str, body: models.RoleBody | Mapping[str, Any]
    ) -> models.Member:
        """Set a member's role.

        Give a user a role, as an admin of the project. It holds from the next request on.
        """
        return await self._connection.answer(
            models.Member,
            Call(
                "PUT", path("/api/v1/projects/{}/members/{}", project_id, user_id), json=plain(body)
            ),
        )

    async def restore(self, project_id: str) -> models.Project:
        """Restore a project.

        Bring an archived project back.
        """
        return await self._connection.answer(
            models.Project, Call("POST", path("/api/v1/projects/{}/restore", project_id))
        )

    async def update(
        self,
        project_id: str,
        body: models.ProjectBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.Project:
        """Change a project.

        Rename or describe a project, as its admin; set its limits, as an operator.
        """
        return await self._connection.answer(
            models.Project,
            Call(
                "PATCH",
                path("/api/v1/projects/{}", project_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )


class AsyncPrompts:
    """Operations on prompts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, body: models.PromptBody | Mapping[str, Any]) -> models.PromptView:
        """Make a prompt.

        Make a prompt without versions.

        With an `id` of your own, the same request sent again answers the same prompt.
        """
        return await self._connection.answer(
            models.PromptView, Call("POST", "/api/v1/prompts", json=plain(body))
        )

    async def create_version(
        self, prompt_id: str, body: models.VersionBody | Mapping[str, Any]
    ) -> models.VersionView:
        """Make a version.

        Make an immutable version of a program, or of what a run found.

        An equal program is not kept twice: the version that there is, is answered with 200. A version
        from a run carries the run's verdict, which guarded labels ask for.
        """
        return await self._connection.answer(
            models.VersionView,
            Call("POST", path("/api/v1/prompts/{}/versions", prompt_id), json=plain(body)),
        )

    async def delete(self, prompt_id: str) -> None:
        """Delete a prompt.

        Delete a prompt with its versions. While a guarded label points to one, it stays.
        """
        await self._connection.value(Call("DELETE", path("/api/v1/prompts/{}", prompt_id)))

    async def delete_label(
        self, prompt_id: str, label: str, *, reason: str | None = None, if_match: str | None = None
    ) -> models.LabelMove:
        """Remove a label.

        Let a label point nowhere. Its history stays.
        """
        return await self._connection.answer(
            models.LabelMove,
            Call(
                "DELETE",
                path("/api/v1/prompts/{}/labels/{}", prompt_id, label),
                query={
                    "reason": reason,
                },
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def get(self, prompt_id: str) -> models.PromptView:
        """Read a prompt.

        Give a prompt with where its labels point, `latest` included.
        """
        return await self._connection.answer(
            models.PromptView, Call("GET", path("/api/v1/prompts/{}", prompt_id))
        )

    async def get_label(self, prompt_id: str, label: str) -> models.LabelledVersion:
        """Fetch the version of a label.

        Give the program that an application shall run now.

        Send the `ETag` back as `If-None-Match`: as long as the label stays, the answer is 304.
        """
        return await self._connection.answer(
            models.LabelledVersion,
            Call("GET", path("/api/v1/prompts/{}/labels/{}", prompt_id, label)),
        )

    async def get_version(self, prompt_id: str, number: int | str) -> models.VersionView:
        """Read a version.

        Give a version with its program. It never changes, so it may be kept for ever.
        """
        return await self._connection.answer(
            models.VersionView,
            Call("GET", path("/api/v1/prompts/{}/versions/{}", prompt_id, number)),
        )

    async def get_version_diff(
        self, prompt_id: str, before: int | str, after: int | str
    ) -> models.ProgramDifference:
        """Compare versions.

        Say what differs: texts as unified diffs, parameters field by field.
        """
        return await self._connection.answer(
            models.ProgramDifference,
            Call("GET", path("/api/v1/prompts/{}/versions/{}/diff/{}", prompt_id, before, after)),
        )

    async def label_history(
        self, prompt_id: str, label: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.MoveList:
        """List the moves of a label.

        List who moved a label, when, from where, to where and why; newest first.
        """
        return await self._connection.answer(
            models.MoveList,
            Call(
                "GET",
                path("/api/v1/prompts/{}/labels/{}/history", prompt_id, label),
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_label_history(
        self, prompt_id: str, label: str, *, limit: int | None = None
    ) -> AsyncIterator[models.LabelMove]:
        """Page by page, all of them: list the moves of a label.

        List who moved a label, when, from where, to where and why; newest first.
        """
        return self._connection.entries(
            models.MoveList,
            models.LabelMove,
            Call(
                "GET",
                path("/api/v1/prompts/{}/labels/{}/history", prompt_id, label),
                query={
                    "limit": limit,
                },
            ),
        )

    async def list(
        self,
        *,
        name: str | None = None,
        tag: str | None = None,
        run_id: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.PromptList:
        """List prompts.

        List prompts, newest first, with where their labels point.
        """
        return await self._connection.answer(
            models.PromptList,
            Call(
                "GET",
                "/api/v1/prompts",
                query={
                    "name": name,
                    "tag": tag,
                    "run_id": run_id,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self,
        *,
        name: str | None = None,
        tag: str | None = None,
        run_id: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.PromptView]:
        """Page by page, all of them: list prompts.

        List prompts, newest first, with where their labels point.
        """
        return self._connection.entries(
            models.PromptList,
            models.PromptView,
            Call(
                "GET",
                "/api/v1/prompts",
                query={
                    "name": name,
                    "tag": tag,
                    "run_id": run_id,
                    "limit": limit,
                },
            ),
        )

    async def promote(
        self,
        prompt_id: str,
        body: models.PromotionBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.Promoted:
        """Promote what a run found.

        Make a version of a run's winner, unless there is one, and point a label to it.

        Both happen or neither. The label's guard holds as for every move.
        """
        return await self._connection.answer(
            models.Promoted,
            Call(
                "POST",
                path("/api/v1/prompts/{}/promote", prompt_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def put_label(
        self,
        prompt_id: str,
        label: str,
        body: models.MoveBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.LabelView:
        """Move a label.

        Point a label to a version; where it points already, nothing happens.

        A guarded label (`production`, unless the prompt says otherwise) takes only versions whose run
        ended with the verdict `improved`. Anything else needs an `override` with its reason, which the
        audit log keeps: a version made by hand as well, and outside of a simulated installation one
        that a simulated provider's answers speak for.
        """
        return await self._connection.answer(
            models.LabelView,
            Call(
                "PUT",
                path("/api/v1/prompts/{}/labels/{}", prompt_id, label),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def rollback(
        self,
        prompt_id: str,
        body: models.RollbackBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.LabelView:
        """Roll a label back.

        Point a label to where it pointed before; again, to where it pointed before that.

        No verdict is asked for: the version was there before, and a way back must not wait.
        """
        return await self._connection.answer(
            models.LabelView,
            Call(
                "POST",
                path("/api/v1/prompts/{}/rollback", prompt_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def update(
        self,
        prompt_id: str,
        body: models.PromptChanges | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.PromptView:
        """Change a prompt.

        Change name, description, tags or guards. Admins alone change guards; that is audited.
        """
        return await self._connection.answer(
            models.PromptView,
            Call(
                "PATCH",
                path("/api/v1/prompts/{}", prompt_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def version_render(
        self, prompt_id: str, number: int | str, body: models.RenderBody | Mapping[str, Any]
    ) -> models.Rendered:
        """Fill a version.

        Fill the placeholders with inputs: byte for byte the messages that evaluators send.
        """
        return await self._connection.answer(
            models.Rendered,
            Call(
                "POST",
                path("/api/v1/prompts/{}/versions/{}/render", prompt_id, number),
                json=plain(body),
            ),
        )

    async def versions(
        self,
        prompt_id: str,
        *,
        run_id: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.VersionList:
        """List versions.

        List versions, newest first, without their programs.
        """
        return await self._connection.answer(
            models.VersionList,
            Call(
                "GET",
                path("/api/v1/prompts/{}/versions", prompt_id),
                query={
                    "run_id": run_id,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_versions(
        self, prompt_id: str, *, run_id: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.VersionSummary]:
        """Page by page, all of them: list versions.

        List versions, newest first, without their programs.
        """
        return self._connection.entries(
            models.VersionList,
            models.VersionSummary,
            Call(
                "GET",
                path("/api/v1/prompts/{}/versions", prompt_id),
                query={
                    "run_id": run_id,
                    "limit": limit,
                },
            ),
        )


class AsyncReports:
    """Operations on reports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, body: models.ReportBody | Mapping[str, Any]) -> models.Job:
        """Write a report.

        Write a run, or runs compared with the first of them, as a document for people who decide.

        It says the verdict in plain words, then the numbers with their intervals, what changed in the
        prompt, examples that got better or worse, cost and latency, and the method. HTML is a single
        file that loads nothing; PDF is made to be printed.
        """
        return await self._connection.answer(
            models.Job, Call("POST", "/api/v1/reports", json=plain(body))
        )


class AsyncRuns:
    """Operations on runs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def cancel(
        self,
        run_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Cancel.

        End a run within seconds. Queued work is dropped; the best candidate stays readable.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/cancel", run_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def candidate_pin(
        self,
        run_id: str,
        candidate_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Pin a candidate.

        Keep a candidate in play: a parent that the strategy may always take, whatever it scores.

        Among equal scores a pinned candidate is the one that sits the exam. A pin lifts a veto.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/candidates/{}/pin", run_id, candidate_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def candidate_unpin(
        self,
        run_id: str,
        candidate_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Unpin a candidate.

        Let a candidate hold its place by its scores again.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/candidates/{}/unpin", run_id, candidate_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def candidate_unveto(
        self,
        run_id: str,
        candidate_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Lift a veto.

        Let a candidate be a parent, and win, again.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/candidates/{}/unveto", run_id, candidate_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def candidate_veto(
        self,
        run_id: str,
        candidate_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Veto a candidate.

        Rule a candidate out: from the next step on it is no parent, and it will not win.

        Steps that have begun with it are finished. The original cannot be vetoed. A veto lifts a pin.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/candidates/{}/veto", run_id, candidate_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def candidates(
        self,
        run_id: str,
        *,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.CandidateItems:
        """Search candidates.

        List a run's candidates, in the order of proposal unless sorted otherwise.

        Groups of `fields`: core, scores, texts.
        """
        return await self._connection.answer(
            models.CandidateItems,
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
        )

    def iterate_candidates(
        self,
        run_id: str,
        *,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.CandidateItem]:
        """Page by page, all of them: search candidates.

        List a run's candidates, in the order of proposal unless sorted otherwise.

        Groups of `fields`: core, scores, texts.
        """
        return self._connection.entries(
            models.CandidateItems,
            models.CandidateItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/candidates", run_id),
                query={
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "limit": limit,
                },
            ),
        )

    def stream_candidates(
        self,
        run_id: str,
        *,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
    ) -> AsyncIterator[models.CandidateItem]:
        """In one stream, all of them: search candidates.

        List a run's candidates, in the order of proposal unless sorted otherwise.

        Groups of `fields`: core, scores, texts.
        """
        return self._connection.lines(
            models.CandidateItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/candidates", run_id),
                query={
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                },
            ),
        )

    async def compare(
        self,
        *,
        split: Literal["train", "validation", "test"] | None = None,
        margin: float | None = None,
        confidence: float | None = None,
        gates: Sequence[str] | None = None,
        run1: str | None = None,
        run2: str | None = None,
        run: Sequence[str] | None = None,
        candidate1: str | None = None,
        candidate2: str | None = None,
        candidate: Sequence[str] | None = None,
    ) -> models.ComparisonView:
        """Compare runs.

        Compare up to ten runs with a baseline, paired by example.

        For each metric: means, difference, interval, raw and adjusted p-value, effect size, wins and
        losses, a verdict, and how many examples a clear answer would need; then latency, cost and
        tokens, how the requests differ, and what cannot be compared and why. Computed once and kept;
        a comparison of runs that go on has no tests.
        """
        return await self._connection.answer(
            models.ComparisonView,
            Call(
                "GET",
                "/api/v1/runs/compare",
                query={
                    "split": split,
                    "margin": margin,
                    "confidence": confidence,
                    "gates": gates,
                    "run1": run1,
                    "run2": run2,
                    "run": run,
                    "candidate1": candidate1,
                    "candidate2": candidate2,
                    "candidate": candidate,
                },
            ),
        )

    async def compare_examples(
        self,
        *,
        change: Literal["improved", "regressed", "unchanged", "missing"] | None = None,
        metric: str | None = None,
        split: Literal["train", "validation", "test"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        run1: str,
        run2: str,
        candidate1: str | None = None,
        candidate2: str | None = None,
    ) -> models.ComparedExampleList:
        """Compare examples.

        List examples with what both sides made of them, the worst changes first.

        Of `improved` ones the best come first; `missing` ones, without a pair, come last.
        """
        return await self._connection.answer(
            models.ComparedExampleList,
            Call(
                "GET",
                "/api/v1/runs/compare/examples",
                query={
                    "change": change,
                    "metric": metric,
                    "split": split,
                    "cursor": cursor,
                    "limit": limit,
                    "run1": run1,
                    "run2": run2,
                    "candidate1": candidate1,
                    "candidate2": candidate2,
                },
            ),
        )

    def iterate_compare_examples(
        self,
        *,
        change: Literal["improved", "regressed", "unchanged", "missing"] | None = None,
        metric: str | None = None,
        split: Literal["train", "validation", "test"] | None = None,
        limit: int | None = None,
        run1: str,
        run2: str,
        candidate1: str | None = None,
        candidate2: str | None = None,
    ) -> AsyncIterator[models.ComparedExample]:
        """Page by page, all of them: compare examples.

        List examples with what both sides made of them, the worst changes first.

        Of `improved` ones the best come first; `missing` ones, without a pair, come last.
        """
        return self._connection.entries(
            models.ComparedExampleList,
            models.ComparedExample,
            Call(
                "GET",
                "/api/v1/runs/compare/examples",
                query={
                    "change": change,
                    "metric": metric,
                    "split": split,
                    "limit": limit,
                    "run1": run1,
                    "run2": run2,
                    "candidate1": candidate1,
                    "candidate2": candidate2,
                },
            ),
        )

    async def compare_slices(
        self,
        *,
        by: str,
        metric: str | None = None,
        split: Literal["train", "validation", "test"] | None = None,
        margin: float | None = None,
        confidence: float | None = None,
        run1: str,
        run2: str,
        candidate1: str | None = None,
        candidate2: str | None = None,
    ) -> models.SlicesView:
        """Compare slices.

        Compare two runs on each part of the examples, the largest part first.

        All parts are one family of tests: read the adjusted p-value.
        """
        return await self._connection.answer(
            models.SlicesView,
            Call(
                "GET",
                "/api/v1/runs/compare/slices",
                query={
                    "by": by,
                    "metric": metric,
                    "split": split,
                    "margin": margin,
                    "confidence": confidence,
                    "run1": run1,
                    "run2": run2,
                    "candidate1": candidate1,
                    "candidate2": candidate2,
                },
            ),
        )

    async def continue_(
        self,
        run_id: str,
        body: models.ContinueBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.Accepted:
        """Continue.

        Go on from what this run has found, for instance with another strategy and a new budget.

        The new run knows the best of this one's accepted candidates from its start, those that were
        vetoed left out; its original stays the same, so that the verdict is against it. What was
        scored before is not paid again.
        """
        return await self._connection.answer(
            models.Accepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/continue", run_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    def events(self, run_id: str, *, after: int = 0) -> AsyncIterator[Event]:
        """Follow a run.

        Stream what happens in a run, from its beginning or after an event.

        An event's id is its stream sequence; its data is the object that the WebSocket sends too, as
        described in `live.md`. Types: the run's facts (`run.started`, …), `run.requested`, `control`,
        `shard.completed`, and `progress`, which sums up shards that come faster than four a second.
        After the run's last fact comes `end`. A client that falls behind gets `dropped` with the
        reason, and goes on where it was by `Last-Event-ID`.
        """
        return self._connection.events(Call("GET", path("/api/v1/runs/{}/events", run_id)), after)

    async def example_outcomes(
        self,
        run_id: str,
        example_id: str,
        *,
        candidate_id: str | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.OutcomeItems:
        """Read the outcomes of one example.

        List what one example gave, over all candidates and repeats: whole, with every stage.
        """
        return await self._connection.answer(
            models.OutcomeItems,
            Call(
                "GET",
                path("/api/v1/runs/{}/outcomes/{}", run_id, example_id),
                query={
                    "candidate_id": candidate_id,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_example_outcomes(
        self,
        run_id: str,
        example_id: str,
        *,
        candidate_id: str | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.OutcomeItem]:
        """Page by page, all of them: read the outcomes of one example.

        List what one example gave, over all candidates and repeats: whole, with every stage.
        """
        return self._connection.entries(
            models.OutcomeItems,
            models.OutcomeItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/outcomes/{}", run_id, example_id),
                query={
                    "candidate_id": candidate_id,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "limit": limit,
                },
            ),
        )

    def stream_example_outcomes(
        self,
        run_id: str,
        example_id: str,
        *,
        candidate_id: str | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
    ) -> AsyncIterator[models.OutcomeItem]:
        """In one stream, all of them: read the outcomes of one example.

        List what one example gave, over all candidates and repeats: whole, with every stage.
        """
        return self._connection.lines(
            models.OutcomeItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/outcomes/{}", run_id, example_id),
                query={
                    "candidate_id": candidate_id,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                },
            ),
        )

    async def facets(
        self,
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
        ],
        containing: str | None = None,
        limit: int | None = None,
    ) -> models.FacetAnswer:
        """Count the values of a field.

        Give the values of a field of the project's runs with how many runs have each.

        Archived runs count as well.
        """
        return await self._connection.answer(
            models.FacetAnswer,
            Call(
                "GET",
                "/api/v1/runs/facets",
                query={
                    "field": field,
                    "containing": containing,
                    "limit": limit,
                },
            ),
        )

    async def feedback(self, run_id: str) -> models.RunFeedback:
        """Read a run's feedback.

        Give what the run took along and used, and what was said about it since.
        """
        return await self._connection.answer(
            models.RunFeedback, Call("GET", path("/api/v1/runs/{}/feedback", run_id))
        )

    async def fork(
        self,
        run_id: str,
        body: models.ForkBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.Accepted:
        """Fork.

        Start a run whose original is a candidate of this one, by default its winner.

        The body is merged into the stored request. What was scored before is not paid again.
        """
        return await self._connection.answer(
            models.Accepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/fork", run_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def get(self, run_id: str, *, wait_for_seq: int | None = None) -> models.RunDetail:
        """Read a run and its notes.

        Give a run's state, scores, spend, what people say of it and, in the end, its winner.

        To follow a run without a stream, ask again with `wait_for_seq` one above the `last_seq` seen;
        the answer comes once there is news, the run has ended, or 25 seconds are over.
        """
        return await self._connection.answer(
            models.RunDetail,
            Call(
                "GET",
                path("/api/v1/runs/{}", run_id),
                query={
                    "wait_for_seq": wait_for_seq,
                },
            ),
        )

    async def get_candidate(self, run_id: str, candidate_id: str) -> models.CandidateAnswer:
        """Read a candidate.

        Give a candidate's texts, where it comes from and what came of it.

        With diffs to each parent, the rationale of the mutations that made it, every mean that was
        taken of it by kind, and the evidence on which it was accepted or rejected.
        """
        return await self._connection.answer(
            models.CandidateAnswer,
            Call("GET", path("/api/v1/runs/{}/candidates/{}", run_id, candidate_id)),
        )

    async def lineage(self, run_id: str) -> models.LineageAnswer:
        """Read the family tree.

        Give all candidates of a run with their parents, without texts.
        """
        return await self._connection.answer(
            models.LineageAnswer, Call("GET", path("/api/v1/runs/{}/lineage", run_id))
        )

    async def list(
        self,
        *,
        archived: Literal["exclude", "include", "only"] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.RunItems:
        """Search runs.

        List runs, newest first: filtered, sorted, with the columns that are asked for.

        Groups of `fields`: core, progress, scores, spend, notes, texts, config. Winners' texts and
        configurations come only when asked for. A cursor holds for the filter and sort that it was
        given with.
        """
        return await self._connection.answer(
            models.RunItems,
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
        )

    def iterate(
        self,
        *,
        archived: Literal["exclude", "include", "only"] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.RunItem]:
        """Page by page, all of them: search runs.

        List runs, newest first: filtered, sorted, with the columns that are asked for.

        Groups of `fields`: core, progress, scores, spend, notes, texts, config. Winners' texts and
        configurations come only when asked for. A cursor holds for the filter and sort that it was
        given with.
        """
        return self._connection.entries(
            models.RunItems,
            models.RunItem,
            Call(
                "GET",
                "/api/v1/runs",
                query={
                    "archived": archived,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "limit": limit,
                },
            ),
        )

    def stream(
        self,
        *,
        archived: Literal["exclude", "include", "only"] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
    ) -> AsyncIterator[models.RunItem]:
        """In one stream, all of them: search runs.

        List runs, newest first: filtered, sorted, with the columns that are asked for.

        Groups of `fields`: core, progress, scores, spend, notes, texts, config. Winners' texts and
        configurations come only when asked for. A cursor holds for the filter and sort that it was
        given with.
        """
        return self._connection.lines(
            models.RunItem,
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
        )

    async def log(
        self,
        run_id: str,
        *,
        type: Sequence[str] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.EventItems:
        """Read the log.

        List what happened in a run as lines for people, from the beginning.

        `fields=core,payload` gives every event word for word as well. Results of shards are not in the
        log; they are the outcomes.
        """
        return await self._connection.answer(
            models.EventItems,
            Call(
                "GET",
                path("/api/v1/runs/{}/log", run_id),
                query={
                    "type": type,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_log(
        self,
        run_id: str,
        *,
        type: Sequence[str] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.EventItem]:
        """Page by page, all of them: read the log.

        List what happened in a run as lines for people, from the beginning.

        `fields=core,payload` gives every event word for word as well. Results of shards are not in the
        log; they are the outcomes.
        """
        return self._connection.entries(
            models.EventItems,
            models.EventItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/log", run_id),
                query={
                    "type": type,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "limit": limit,
                },
            ),
        )

    def stream_log(
        self,
        run_id: str,
        *,
        type: Sequence[str] | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
    ) -> AsyncIterator[models.EventItem]:
        """In one stream, all of them: read the log.

        List what happened in a run as lines for people, from the beginning.

        `fields=core,payload` gives every event word for word as well. Results of shards are not in the
        log; they are the outcomes.
        """
        return self._connection.lines(
            models.EventItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/log", run_id),
                query={
                    "type": type,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                },
            ),
        )

    async def mutations(
        self,
        run_id: str,
        *,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.MutationItems:
        """Search mutations.

        List a run's mutations with their rationale, in order unless sorted otherwise.
        """
        return await self._connection.answer(
            models.MutationItems,
            Call(
                "GET",
                path("/api/v1/runs/{}/mutations", run_id),
                query={
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_mutations(
        self,
        run_id: str,
        *,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.MutationItem]:
        """Page by page, all of them: search mutations.

        List a run's mutations with their rationale, in order unless sorted otherwise.
        """
        return self._connection.entries(
            models.MutationItems,
            models.MutationItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/mutations", run_id),
                query={
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "limit": limit,
                },
            ),
        )

    def stream_mutations(
        self,
        run_id: str,
        *,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
    ) -> AsyncIterator[models.MutationItem]:
        """In one stream, all of them: search mutations.

        List a run's mutations with their rationale, in order unless sorted otherwise.
        """
        return self._connection.lines(
            models.MutationItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/mutations", run_id),
                query={
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                },
            ),
        )

    async def outcomes(
        self,
        run_id: str,
        *,
        candidate_id: str | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.OutcomeItems:
        """Search outcomes.

        List what each example gave, in the order of arrival unless sorted otherwise.

        Groups of `fields`: core, scores, io, spend. Output and feedback are cut, and earlier stages
        left out, unless `fields` has `io`.
        """
        return await self._connection.answer(
            models.OutcomeItems,
            Call(
                "GET",
                path("/api/v1/runs/{}/outcomes", run_id),
                query={
                    "candidate_id": candidate_id,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_outcomes(
        self,
        run_id: str,
        *,
        candidate_id: str | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.OutcomeItem]:
        """Page by page, all of them: search outcomes.

        List what each example gave, in the order of arrival unless sorted otherwise.

        Groups of `fields`: core, scores, io, spend. Output and feedback are cut, and earlier stages
        left out, unless `fields` has `io`.
        """
        return self._connection.entries(
            models.OutcomeItems,
            models.OutcomeItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/outcomes", run_id),
                query={
                    "candidate_id": candidate_id,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                    "limit": limit,
                },
            ),
        )

    def stream_outcomes(
        self,
        run_id: str,
        *,
        candidate_id: str | None = None,
        filter: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
        include: Literal["total"] | None = None,
    ) -> AsyncIterator[models.OutcomeItem]:
        """In one stream, all of them: search outcomes.

        List what each example gave, in the order of arrival unless sorted otherwise.

        Groups of `fields`: core, scores, io, spend. Output and feedback are cut, and earlier stages
        left out, unless `fields` has `io`.
        """
        return self._connection.lines(
            models.OutcomeItem,
            Call(
                "GET",
                path("/api/v1/runs/{}/outcomes", run_id),
                query={
                    "candidate_id": candidate_id,
                    "filter": filter,
                    "sort": sort,
                    "fields": fields,
                    "include": include,
                },
            ),
        )

    async def pause(
        self,
        run_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Pause.

        Start nothing new until the run is resumed; calls under way are finished.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/pause", run_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def request(self, run_id: str) -> models.RunRequest:
        """Read what was asked for.

        Give the request as it was admitted, defaults filled in; the dataset by reference.
        """
        return await self._connection.answer(
            models.RunRequest, Call("GET", path("/api/v1/runs/{}/request", run_id))
        )

    async def rerun(
        self,
        run_id: str,
        body: models.RerunBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.Accepted:
        """Run again.

        Ask for the same run again, with whatever the body changes.

        The body is merged into the stored request: objects by key, null goes back to the default. The
        dataset is not sent again. Answers that the response cache holds are not paid again, so with
        nothing changed the run costs nothing; set `response_cache` to false to have it measured anew.
        """
        return await self._connection.answer(
            models.Accepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/rerun", run_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def resume(
        self,
        run_id: str,
        body: models.ReasonBody | Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Resume.

        Go on with a paused run. Nothing that was paid is paid again.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/resume", run_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def search(self, body: models.SearchBody | Mapping[str, Any]) -> models.RunItems:
        """Search runs by JSON.

        List runs as `GET /runs` does, with the filter as JSON or as text in the body.
        """
        return await self._connection.answer(
            models.RunItems, Call("POST", "/api/v1/runs/search", json=plain(body))
        )

    def stream_search(
        self, body: models.SearchBody | Mapping[str, Any]
    ) -> AsyncIterator[models.RunItem]:
        """In one stream, all of them: search runs by JSON.

        List runs as `GET /runs` does, with the filter as JSON or as text in the body.
        """
        return self._connection.lines(
            models.RunItem, Call("POST", "/api/v1/runs/search", json=plain(body))
        )

    async def spend(self, run_id: str, *, buckets: int | None = None) -> models.SpendAnswer:
        """Read what a run spent.

        Give what a run spent over time, by purpose (proposals, search, exam) and by model.

        Models are known of proposals, and of scoring where no judge had a part in it.
        """
        return await self._connection.answer(
            models.SpendAnswer,
            Call(
                "GET",
                path("/api/v1/runs/{}/spend", run_id),
                query={
                    "buckets": buckets,
                },
            ),
        )

    async def top_up(
        self,
        run_id: str,
        body: models.TopUpBody | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> models.ControlAccepted:
        """Top up.

        Add to a run's budget; a run that waits for budget goes on.
        """
        return await self._connection.answer(
            models.ControlAccepted,
            Call(
                "POST",
                path("/api/v1/runs/{}/top_up", run_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def update(
        self,
        run_id: str,
        body: models.RunChanges | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.RunDetail:
        """Name, tag, note, archive.

        Change what people say of a run; what is left out stays, null takes it back.

        `If-Match` holds while nobody else has changed that; what the run does meanwhile is no matter.
        """
        return await self._connection.answer(
            models.RunDetail,
            Call(
                "PATCH",
                path("/api/v1/runs/{}", run_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )


class AsyncSavedViews:
    """Operations on saved views."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(
        self, body: models.SavedViewBody | Mapping[str, Any]
    ) -> models.SavedViewAnswer:
        """Save a view.

        Keep a list's filter, sort and columns, for oneself or for the project.

        Everybody who may read may keep views; sharing one needs `runs:write`.
        """
        return await self._connection.answer(
            models.SavedViewAnswer, Call("POST", "/api/v1/saved_views", json=plain(body))
        )

    async def delete(self, view_id: str, *, if_match: str | None = None) -> None:
        """Delete a saved view.

        Remove a view; only its owner or an admin may.
        """
        await self._connection.value(
            Call(
                "DELETE",
                path("/api/v1/saved_views/{}", view_id),
                headers={
                    "if-match": if_match,
                },
            )
        )

    async def get(self, view_id: str) -> models.SavedViewAnswer:
        """Read a saved view.

        Give a view: its filter in both spellings, ready for the list that it is of.
        """
        return await self._connection.answer(
            models.SavedViewAnswer, Call("GET", path("/api/v1/saved_views/{}", view_id))
        )

    async def list(
        self,
        *,
        resource: Literal["runs", "candidates", "outcomes", "mutations", "events"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.SavedViewList:
        """List saved views.

        List the caller's own views and those that are shared, in the order of making.
        """
        return await self._connection.answer(
            models.SavedViewList,
            Call(
                "GET",
                "/api/v1/saved_views",
                query={
                    "resource": resource,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self,
        *,
        resource: Literal["runs", "candidates", "outcomes", "mutations", "events"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.SavedViewAnswer]:
        """Page by page, all of them: list saved views.

        List the caller's own views and those that are shared, in the order of making.
        """
        return self._connection.entries(
            models.SavedViewList,
            models.SavedViewAnswer,
            Call(
                "GET",
                "/api/v1/saved_views",
                query={
                    "resource": resource,
                    "limit": limit,
                },
            ),
        )

    async def put(
        self,
        view_id: str,
        body: models.SavedViewBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.SavedViewAnswer:
        """Change a saved view.

        Replace a view; only its owner or an admin may.
        """
        return await self._connection.answer(
            models.SavedViewAnswer,
            Call(
                "PUT",
                path("/api/v1/saved_views/{}", view_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )


class AsyncTemplates:
    """Operations on templates."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def copy(
        self, template_id: str, body: models.CopyBody | Mapping[str, Any]
    ) -> models.TemplateAnswer:
        """Copy a template.

        Make a template of the project from another one, its example data included.
        """
        return await self._connection.answer(
            models.TemplateAnswer,
            Call("POST", path("/api/v1/templates/{}/copy", template_id), json=plain(body)),
        )

    async def create(self, body: models.TemplateBody | Mapping[str, Any]) -> models.TemplateAnswer:
        """Make a template.

        Keep a template in the project. It must give a request with its defaults.

        With an `id` of your own, the same request sent again answers the same template.
        """
        return await self._connection.answer(
            models.TemplateAnswer, Call("POST", "/api/v1/templates", json=plain(body))
        )

    async def create_run(
        self,
        template_id: str,
        body: models.TemplateRunBody | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> models.Accepted:
        """Run a template.

        Start an optimization of a template, as POST /optimize would with the filled-in request.

        The run's metadata names the template, its version and its parameters.
        """
        return await self._connection.answer(
            models.Accepted,
            Call(
                "POST",
                path("/api/v1/templates/{}/runs", template_id),
                json=plain(body),
                headers={
                    "idempotency-key": idempotency_key,
                },
            ),
        )

    async def delete(self, template_id: str, *, if_match: str | None = None) -> None:
        """Delete a template.

        Delete a project's template with its versions. Runs that it started stay.
        """
        await self._connection.value(
            Call(
                "DELETE",
                path("/api/v1/templates/{}", template_id),
                headers={
                    "if-match": if_match,
                },
            )
        )

    async def get(self, template_id: str) -> models.TemplateAnswer:
        """Read a template.

        Give a template with its parameters, program and configuration.
        """
        return await self._connection.answer(
            models.TemplateAnswer, Call("GET", path("/api/v1/templates/{}", template_id))
        )

    async def get_version(self, template_id: str, number: int | str) -> models.TemplateAnswer:
        """Read a version of a template.

        Give a template as it was at a version.
        """
        return await self._connection.answer(
            models.TemplateAnswer,
            Call("GET", path("/api/v1/templates/{}/versions/{}", template_id, number)),
        )

    async def instantiate(
        self, template_id: str, body: models.InstanceBody | Mapping[str, Any]
    ) -> models.TemplateInstance:
        """Fill a template in.

        Give the request that a template makes of parameters: ready to be read, changed, sent.
        """
        return await self._connection.answer(
            models.TemplateInstance,
            Call("POST", path("/api/v1/templates/{}/instantiate", template_id), json=plain(body)),
        )

    async def list(
        self,
        *,
        task: Literal[
            "classification",
            "extraction",
            "summarization",
            "question_answering",
            "rewriting",
            "translation",
            "judging",
            "other",
        ]
        | None = None,
        source: Literal["builtin", "project"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.TemplateList:
        """List templates.

        List the built-in templates by name, then the project's own, newest first.
        """
        return await self._connection.answer(
            models.TemplateList,
            Call(
                "GET",
                "/api/v1/templates",
                query={
                    "task": task,
                    "source": source,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self,
        *,
        task: Literal[
            "classification",
            "extraction",
            "summarization",
            "question_answering",
            "rewriting",
            "translation",
            "judging",
            "other",
        ]
        | None = None,
        source: Literal["builtin", "project"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.TemplateRow]:
        """Page by page, all of them: list templates.

        List the built-in templates by name, then the project's own, newest first.
        """
        return self._connection.entries(
            models.TemplateList,
            models.TemplateRow,
            Call(
                "GET",
                "/api/v1/templates",
                query={
                    "task": task,
                    "source": source,
                    "limit": limit,
                },
            ),
        )

    async def put(
        self,
        template_id: str,
        body: models.ContentBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.TemplateAnswer:
        """Change a template.

        Write the next version of a project's template; earlier versions stay readable.
        """
        return await self._connection.answer(
            models.TemplateAnswer,
            Call(
                "PUT",
                path("/api/v1/templates/{}", template_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )

    async def versions(
        self, template_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.TemplateList:
        """List versions of a template.

        List the versions of a project's template, newest first; a built-in one has one.
        """
        return await self._connection.answer(
            models.TemplateList,
            Call(
                "GET",
                path("/api/v1/templates/{}/versions", template_id),
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_versions(
        self, template_id: str, *, limit: int | None = None
    ) -> AsyncIterator[models.TemplateRow]:
        """Page by page, all of them: list versions of a template.

        List the versions of a project's template, newest first; a built-in one has one.
        """
        return self._connection.entries(
            models.TemplateList,
            models.TemplateRow,
            Call(
                "GET",
                path("/api/v1/templates/{}/versions", template_id),
                query={
                    "limit": limit,
                },
            ),
        )


class AsyncUsers:
    """Operations on users."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, body: models.NewUserBody | Mapping[str, Any]) -> models.User:
        """Make a user.

        Make a user with a first password, or one who signs in at the external issuer.

        Operators only. Inviting by `POST /invitations` lets people choose their own password.
        """
        return await self._connection.answer(
            models.User, Call("POST", "/api/v1/users", json=plain(body))
        )

    async def get(self, user_id: str) -> models.User:
        """Read a user.

        Give a user. Operators only.
        """
        return await self._connection.answer(
            models.User, Call("GET", path("/api/v1/users/{}", user_id))
        )

    async def list(
        self, *, search: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.UserList:
        """List users.

        List users in the order of their making. Operators only.
        """
        return await self._connection.answer(
            models.UserList,
            Call(
                "GET",
                "/api/v1/users",
                query={
                    "search": search,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(
        self, *, search: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.User]:
        """Page by page, all of them: list users.

        List users in the order of their making. Operators only.
        """
        return self._connection.entries(
            models.UserList,
            models.User,
            Call(
                "GET",
                "/api/v1/users",
                query={
                    "search": search,
                    "limit": limit,
                },
            ),
        )

    async def update(
        self,
        user_id: str,
        body: models.UserBody | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.User:
        """Change a user.

        Rename, deactivate, make an operator, or set a password. Operators only.

        Whoever is deactivated or gets a password loses all sessions at once.
        """
        return await self._connection.answer(
            models.User,
            Call(
                "PATCH",
                path("/api/v1/users/{}", user_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )


class AsyncWebhooks:
    """Operations on webhooks."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(
        self, body: models.WebhookBody | Mapping[str, Any]
    ) -> models.WebhookWithSecret:
        """Make a webhook.

        Post events to an address from now on.

        Each delivery is signed as the Standard Webhooks specification says (`webhook-id`,
        `webhook-timestamp`, `webhook-signature`); the secret is shown here and never again. One that
        is not answered with 2xx is sent again, eight times within about a day and a half. A project
        has at most fifty webhooks; two deliveries of each are under way at once.
        """
        return await self._connection.answer(
            models.WebhookWithSecret, Call("POST", "/api/v1/webhooks", json=plain(body))
        )

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook.

        Delete a webhook with its deliveries; what was not delivered yet never will be.
        """
        await self._connection.value(Call("DELETE", path("/api/v1/webhooks/{}", webhook_id)))

    async def deliveries(
        self,
        webhook_id: str,
        *,
        state: Literal["pending", "delivered", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.DeliveryList:
        """List deliveries.

        List what the webhook was told or is about to be told, newest first.
        """
        return await self._connection.answer(
            models.DeliveryList,
            Call(
                "GET",
                path("/api/v1/webhooks/{}/deliveries", webhook_id),
                query={
                    "state": state,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate_deliveries(
        self,
        webhook_id: str,
        *,
        state: Literal["pending", "delivered", "failed"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.DeliverySummary]:
        """Page by page, all of them: list deliveries.

        List what the webhook was told or is about to be told, newest first.
        """
        return self._connection.entries(
            models.DeliveryList,
            models.DeliverySummary,
            Call(
                "GET",
                path("/api/v1/webhooks/{}/deliveries", webhook_id),
                query={
                    "state": state,
                    "limit": limit,
                },
            ),
        )

    async def delivery_redeliver(self, webhook_id: str, delivery_id: str) -> models.DeliverySummary:
        """Deliver again.

        Send the same event once more, as a delivery of its own.
        """
        return await self._connection.answer(
            models.DeliverySummary,
            Call(
                "POST", path("/api/v1/webhooks/{}/deliveries/{}/redeliver", webhook_id, delivery_id)
            ),
        )

    async def get(self, webhook_id: str) -> models.WebhookView:
        """Read a webhook.

        Give a webhook without its secret.
        """
        return await self._connection.answer(
            models.WebhookView, Call("GET", path("/api/v1/webhooks/{}", webhook_id))
        )

    async def get_delivery(self, webhook_id: str, delivery_id: str) -> models.DeliveryView:
        """Read a delivery.

        Give what is sent and how each attempt went.
        """
        return await self._connection.answer(
            models.DeliveryView,
            Call("GET", path("/api/v1/webhooks/{}/deliveries/{}", webhook_id, delivery_id)),
        )

    async def list(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.WebhookList:
        """List webhooks.

        List the project's webhooks, oldest first.
        """
        return await self._connection.answer(
            models.WebhookList,
            Call(
                "GET",
                "/api/v1/webhooks",
                query={
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def iterate(self, *, limit: int | None = None) -> AsyncIterator[models.WebhookView]:
        """Page by page, all of them: list webhooks.

        List the project's webhooks, oldest first.
        """
        return self._connection.entries(
            models.WebhookList,
            models.WebhookView,
            Call(
                "GET",
                "/api/v1/webhooks",
                query={
                    "limit": limit,
                },
            ),
        )

    async def ping(self, webhook_id: str) -> models.DeliverySummary:
        """Try a webhook.

        Send it a `webhook.ping`; how that went is in the delivery's log within seconds.
        """
        return await self._connection.answer(
            models.DeliverySummary, Call("POST", path("/api/v1/webhooks/{}/ping", webhook_id))
        )

    async def rotate_secret(self, webhook_id: str) -> models.WebhookWithSecret:
        """Give a webhook a new secret.

        Sign with a new secret from the next attempt on; it is shown here and never again.
        """
        return await self._connection.answer(
            models.WebhookWithSecret,
            Call("POST", path("/api/v1/webhooks/{}/rotate_secret", webhook_id)),
        )

    async def update(
        self,
        webhook_id: str,
        body: models.WebhookChanges | Mapping[str, Any],
        *,
        if_match: str | None = None,
    ) -> models.WebhookView:
        """Change a webhook.

        Change where it leads, what it is told, or switch it off.
        """
        return await self._connection.answer(
            models.WebhookView,
            Call(
                "PATCH",
                path("/api/v1/webhooks/{}", webhook_id),
                json=plain(body),
                headers={
                    "if-match": if_match,
                },
            ),
        )


class AsyncWsTickets:
    """Operations on ws tickets."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self) -> models.TicketAnswer:
        """Get a ticket for a WebSocket.

        Make a ticket that opens one WebSocket as the caller, within half a minute.

        What the caller may do is looked up again when it is opened.

        Browsers cannot send headers with a WebSocket; other clients can, and need no ticket. What is
        said over the socket is described in `docs/reference/live.md`.
        """
        return await self._connection.answer(
            models.TicketAnswer, Call("POST", "/api/v1/ws_tickets")
        )


class AsyncApi:
    """All operations of the API, by resource."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.api_keys = AsyncApiKeys(connection)
        self.audit_events = AsyncAuditEvents(connection)
        self.auth = AsyncAuth(connection)
        self.datasets = AsyncDatasets(connection)
        self.evaluations = AsyncEvaluations(connection)
        self.evaluators = AsyncEvaluators(connection)
        self.exports = AsyncExports(connection)
        self.feedback = AsyncFeedback(connection)
        self.health = AsyncHealth(connection)
        self.history = AsyncHistory(connection)
        self.imports = AsyncImports(connection)
        self.invitations = AsyncInvitations(connection)
        self.jobs = AsyncJobs(connection)
        self.me = AsyncMe(connection)
        self.optimize = AsyncOptimize(connection)
        self.projects = AsyncProjects(connection)
        self.prompts = AsyncPrompts(connection)
        self.reports = AsyncReports(connection)
        self.runs = AsyncRuns(connection)
        self.saved_views = AsyncSavedViews(connection)
        self.templates = AsyncTemplates(connection)
        self.users = AsyncUsers(connection)
        self.webhooks = AsyncWebhooks(connection)
        self.ws_tickets = AsyncWsTickets(connection)
