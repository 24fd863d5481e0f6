"""Templates in versions: each change writes a new one, the earlier ones stay readable."""

from asyncpg import Record
from promptevolver_contracts import templates as t
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.prompts import Author
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen

_SAME = ("template_id", "name", "version", "created_at", "updated_at")


def answers(database: Database) -> Answers:
    """Give the queries with their handlers."""
    templates = Templates(database)
    return (
        Answer(t.CREATE_TEMPLATE, templates.create),
        Answer(t.GET_TEMPLATE, templates.get),
        Answer(t.LIST_TEMPLATES, templates.page),
        Answer(t.UPDATE_TEMPLATE, templates.update),
        Answer(t.DELETE_TEMPLATE, templates.delete),
        Answer(t.LIST_TEMPLATE_VERSIONS, templates.versions),
    )


class Templates:
    """The templates of all projects; the built-in ones are the gateway's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, question: t.CreateTemplate) -> t.TemplateView:
        """Make a template at version 1, or give the one that the same question made before."""
        async with self._database.transaction() as session:
            made = await session.value(
                "insert_template",
                question.template_id,
                question.project,
                question.name,
                question.content.task,
            )
            if made is not None:
                await _write(session, question.template_id, 1, question)
            row = await session.row("get_template", question.project, question.template_id, None)
        if row is None or (made is None and not _same(row, question)):
            detail = f"another template has the id, or is called '{question.name}'; choose another"
            raise _failed(ErrorCode.CONFLICT, detail)
        return _view(row)

    async def get(self, question: t.GetTemplate) -> t.TemplateView:
        """Answer a template."""
        async with self._database.session() as session:
            row = await session.row(
                "get_template", question.project, question.template, question.version
            )
        if row is None:
            raise _unknown(question.template)
        return _view(row)

    async def page(self, question: t.ListTemplates) -> t.TemplatePage:
        """Answer a page of templates, newest first."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_templates",
                question.project,
                question.task,
                question.before,
                question.limit + 1,
            )
        return _page(rows, question.limit)

    async def update(self, question: t.UpdateTemplate) -> t.TemplateView:
        """Write the next version."""
        async with self._database.transaction() as session:
            template_id, version = await _locked(session, question)
            await _write(session, template_id, version + 1, question)
            await session.rows("advance_template", template_id, version + 1, question.content.task)
            row = await session.row("get_template", question.project, template_id, None)
        assert row is not None  # noqa: S101  it was locked
        return _view(row)

    async def delete(self, question: t.DeleteTemplate) -> t.TemplateDeleted:
        """Delete a template."""
        async with self._database.transaction() as session:
            template_id, version = await _locked(session, question)
            await session.rows("delete_template", template_id)
            await record(
                session,
                question.by,
                "template.deleted",
                template_id,
                project=question.project,
                version=version,
            )
        return t.TemplateDeleted(template_id=template_id)

    async def versions(self, question: t.ListTemplateVersions) -> t.TemplatePage:
        """Answer a page of a template's versions, newest first."""
        async with self._database.session() as session:
            row = await session.row("get_template", question.project, question.template, None)
            if row is None:
                raise _unknown(question.template)
            rows = await session.rows(
                "list_template_versions", row["template_id"], question.before, question.limit + 1
            )
        return _page(rows, question.limit)


async def _locked(
    session: Session, question: t.UpdateTemplate | t.DeleteTemplate
) -> tuple[str, int]:
    row = await session.row("lock_template", question.project, question.template)
    if row is None:
        raise _unknown(question.template)
    require_seen("the template", question.version, row["version"])
    return row["template_id"], row["version"]


async def _write(
    session: Session, template_id: str, version: int, question: t.CreateTemplate | t.UpdateTemplate
) -> None:
    content, by = question.content.model_dump_json(), question.by
    await session.rows("insert_template_version", template_id, version, content, by.id, by.name)


def _page(rows: list[Record], limit: int) -> t.TemplatePage:
    templates = fitting([_summary(row) for row in rows[:limit]])
    return t.TemplatePage(templates=templates, more=len(templates) < len(rows))


def _summary(row: Record) -> t.TemplateSummary:
    return t.TemplateSummary(
        **{name: row[name] for name in _SAME},
        title=row["title"],
        description=row["description"],
        task=row["task"],
        updated_by=Author(id=row["created_by"], name=row["created_by_name"]),
    )


def _view(row: Record) -> t.TemplateView:
    content = t.TemplateContent.model_validate_json(row["content"])
    return t.TemplateView(
        **{name: row[name] for name in _SAME},
        title=content.title,
        description=content.description,
        task=content.task,
        updated_by=Author(id=row["created_by"], name=row["created_by_name"]),
        content=content,
    )


def _same(row: Record, question: t.CreateTemplate) -> bool:
    content = t.TemplateContent.model_validate_json(row["content"])
    return row["name"] == question.name and content == question.content


def _unknown(template: str) -> QueryFailed:
    return _failed(ErrorCode.NOT_FOUND, f"there is no template {template}")


def _failed(code: ErrorCode, detail: str) -> QueryFailed:
    return QueryFailed(ErrorInfo(code=code, detail=detail))
