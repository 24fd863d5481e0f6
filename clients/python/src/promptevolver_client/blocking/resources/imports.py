# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on imports, to be sent; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.blocking.connection import Connection
from promptevolver_client.calls import Content
from promptevolver_client.operations import imports
from promptevolver_client.resource import Resource


class Imports(Resource[Connection]):
    """Operations on imports."""

    def create(
        self,
        content: Content,
        *,
        content_type: Literal["application/gzip", "application/x-ndjson"],
        resource: Literal["run_archive", "prompt_versions"],
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.Job:
        """Import runs or prompts.

        Take in a run archive or versions of prompts: all of the file, or nothing.

        Runs become ended runs of this project with the tag `imported`; one that is there already must
        be the same, message by message. Versions join the prompts of their names, which are made
        where they are missing; labels stay where they are. The job's `result.imported` tells faults by
        line. Items of datasets are imported by uploading them into a draft.
        """
        return self.connection.answer(
            imports.create(
                content,
                content_type=content_type,
                resource=resource,
                dry_run=dry_run,
                idempotency_key=idempotency_key,
            )
        )
