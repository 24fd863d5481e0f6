"""What people say of runs: name, tags, note, and whether they put it away."""

from typing import Any

from asyncpg import Record
from promptevolver_contracts.history import AnnotateRun, RunEntry

from promptevolver_history.database import Database
from promptevolver_history.runs.search import read_run, unknown_run
from promptevolver_history.seen import require_seen
from promptevolver_history.wording import joined


class Annotations:
    """Keeps what people say of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def annotate(self, question: AnnotateRun) -> RunEntry:
        """Change what is given and leave the rest."""
        run_id, project = question.run_id, question.project
        async with self._database.transaction() as session:
            await session.rows("lock_run", run_id, project)
            row = await session.row("get_annotation", run_id, project)
            if row is None:
                raise unknown_run(run_id)
            require_seen("what is said of the run", question.if_version, row["version"])
            said = _said(row, question)
            await session.rows(
                "put_annotation",
                run_id,
                project,
                row["version"] + 1,
                said["name"],
                said["tags"],
                said["note"],
                said["archived"],
                joined([said["name"] or "", *said["tags"], said["note"]]),
                question.by.id,
            )
            return await read_run(session, run_id, project)


def _said(row: Record, question: AnnotateRun) -> dict[str, Any]:
    names = ("name", "tags", "note", "archived")
    given = {name: getattr(question, name) for name in names}
    said = {name: row[name] if value is None else value for name, value in given.items()}
    # An empty name takes the request's own again; tags are a set that keeps its order.
    return said | {"name": said["name"] or None, "tags": list(dict.fromkeys(said["tags"]))}
