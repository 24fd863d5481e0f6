# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on datasets, to be sent; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.blocking.connection import Connection
from promptevolver_client.calls import Content
from promptevolver_client.operations import datasets, datasets_draft, datasets_versions
from promptevolver_client.resource import Method, Resource


class Datasets(Resource[Connection]):
    """Operations on datasets."""

    create = Method(datasets.create, Connection.answer)
    """Make a dataset."""
    create_draft_item = Method(datasets_draft.create_draft_item, Connection.answer)
    """Put some draft items."""
    create_draft_split = Method(datasets_draft.create_draft_split, Connection.answer)
    """Divide the draft."""

    def create_upload(
        self,
        dataset_id: str,
        content: Content,
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
        idempotency_key: str | None = None,
    ) -> models.UploadReport:
        """Upload a file into the draft.

        Add a CSV, JSONL or Parquet file to the draft: all of its rows, or none.

        Send the file itself as the body, streamed if you like. Rows without an id are named by their
        content. With `Accept: text/csv` the answer is the report of errors as a table.
        """
        return self.connection.answer(
            datasets.create_upload(
                dataset_id,
                content,
                content_type=content_type,
                format=format,
                mapping=mapping,
                delimiter=delimiter,
                mode=mode,
                default_split=default_split,
                on_error=on_error,
                max_rows=max_rows,
                dry_run=dry_run,
                idempotency_key=idempotency_key,
            )
        )

    create_version = Method(datasets_versions.create_version, Connection.answer)
    """Commit the draft."""
    delete = Method(datasets.delete, Connection.answer)
    """Archive a dataset."""
    delete_draft = Method(datasets_draft.delete_draft, Connection.answer)
    """Reset the draft."""
    delete_draft_item = Method(datasets_draft.delete_draft_item, Connection.answer)
    """Take out a draft item."""
    draft_diff = Method(datasets_draft.draft_diff, Connection.answer)
    """Compare the draft."""
    iterate_draft_diff = Method(datasets_draft.draft_diff, Connection.entries)
    """Page by page, all of them: compare the draft."""
    draft_items = Method(datasets_draft.draft_items, Connection.answer)
    """List draft items."""
    iterate_draft_items = Method(datasets_draft.draft_items, Connection.entries)
    """Page by page, all of them: list draft items."""
    stream_draft_items = Method(datasets_draft.stream_draft_items, Connection.lines)
    """In one stream, all of them: list draft items."""
    download_draft_items = Method(datasets_draft.download_draft_items, Connection.chunks)
    """As a file, piece by piece: list draft items."""
    draft_quality = Method(datasets_draft.draft_quality, Connection.answer)
    """Check the draft."""
    draft_unseal = Method(datasets_draft.draft_unseal, Connection.answer)
    """Unseal test items."""
    get = Method(datasets.get, Connection.answer)
    """Read a dataset."""
    get_draft_item = Method(datasets_draft.get_draft_item, Connection.answer)
    """Read a draft item."""
    get_version = Method(datasets_versions.get_version, Connection.answer)
    """Read a version."""
    get_version_diff = Method(datasets_versions.get_version_diff, Connection.answer)
    """Compare two versions."""
    iterate_get_version_diff = Method(datasets_versions.get_version_diff, Connection.entries)
    """Page by page, all of them: compare two versions."""
    list = Method(datasets.list, Connection.answer)
    """List datasets."""
    iterate = Method(datasets.list, Connection.entries)
    """Page by page, all of them: list datasets."""
    put_draft_item = Method(datasets_draft.put_draft_item, Connection.answer)
    """Put a draft item."""
    update = Method(datasets.update, Connection.answer)
    """Change a dataset."""
    update_draft_item = Method(datasets_draft.update_draft_item, Connection.answer)
    """Change a draft item."""
    version_items = Method(datasets_versions.version_items, Connection.answer)
    """List a version's items."""
    iterate_version_items = Method(datasets_versions.version_items, Connection.entries)
    """Page by page, all of them: list a version's items."""
    stream_version_items = Method(datasets_versions.stream_version_items, Connection.lines)
    """In one stream, all of them: list a version's items."""
    download_version_items = Method(datasets_versions.download_version_items, Connection.chunks)
    """As a file, piece by piece: list a version's items."""
    version_quality = Method(datasets_versions.version_quality, Connection.answer)
    """Check a version."""
    versions = Method(datasets_versions.versions, Connection.answer)
    """List versions."""
    iterate_versions = Method(datasets_versions.versions, Connection.entries)
    """Page by page, all of them: list versions."""
