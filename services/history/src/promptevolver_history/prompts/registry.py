"""Prompts themselves: names, tags, and what guards their labels."""

from asyncpg import UniqueViolationError
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.prompts import (
    CreatePrompt,
    DeletePrompt,
    GetPrompt,
    ListPrompts,
    PromptDeleted,
    PromptPage,
    PromptView,
    UpdatePrompt,
)

from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.prompts.locking import GUARDS, Locked, failed, locked, unknown_prompt
from promptevolver_history.prompts.views import prompt_view
from promptevolver_history.seen import require_seen


class Registry:
    """The prompts of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, question: CreatePrompt) -> PromptView:
        """Make a prompt, or give the one that the same question made before."""
        async with self._database.transaction() as session:
            made = await session.value(
                "insert_prompt",
                question.prompt_id,
                question.project,
                question.name,
                question.description,
                list(question.tags),
                GUARDS.dump_json(question.guards).decode(),
                question.by.id,
                question.by.name,
            )
            row = await session.row("get_prompt", question.project, question.prompt_id)
        if row is None or (made is None and row["name"] != question.name):
            detail = f"another prompt has the id, or is called '{question.name}'; choose another"
            raise failed(ErrorCode.CONFLICT, detail)
        return prompt_view(row)

    async def get(self, question: GetPrompt) -> PromptView:
        """Answer a prompt."""
        async with self._database.session() as session:
            return await _view(session, question.project, question.prompt)

    async def list(self, question: ListPrompts) -> PromptPage:
        """Answer a page of prompts, newest first."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_prompts",
                question.project,
                question.name,
                question.tag,
                question.run_id,
                question.before,
                question.limit + 1,
            )
        prompts = fitting([prompt_view(row) for row in rows[: question.limit]])
        return PromptPage(prompts=prompts, more=len(prompts) < len(rows))

    async def update(self, question: UpdatePrompt) -> PromptView:
        """Change a prompt; a change of its guards is recorded."""
        try:
            async with self._database.transaction() as session:
                prompt = await locked(session, question.project, question.prompt)
                require_seen("the prompt", question.revision, prompt.revision)
                await _change(session, prompt, question)
                return await _view(session, question.project, prompt.prompt_id)
        except UniqueViolationError as error:
            detail = f"another prompt is called '{question.name}'; choose another name"
            raise failed(ErrorCode.CONFLICT, detail) from error

    async def delete(self, question: DeletePrompt) -> PromptDeleted:
        """Delete a prompt, unless applications may rely on it."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            view = await _view(session, question.project, prompt.prompt_id)
            if held := sorted(prompt.guards.keys() & view.labels.keys()):
                detail = f"the guarded label '{held[0]}' points to a version; remove it first"
                raise failed(ErrorCode.CONFLICT, detail)
            await session.rows("delete_prompt", prompt.prompt_id)
            await record(
                session,
                question.by,
                "prompt.deleted",
                prompt.prompt_id,
                project=prompt.project,
                name=prompt.name,
                versions=prompt.latest or 0,
            )
        return PromptDeleted(prompt_id=prompt.prompt_id)


async def _change(session: Session, prompt: Locked, question: UpdatePrompt) -> None:
    guards = None if question.guards is None else GUARDS.dump_json(question.guards).decode()
    await session.rows(
        "update_prompt",
        prompt.prompt_id,
        question.name,
        question.description,
        None if question.tags is None else list(question.tags),
        guards,
    )
    if question.guards is not None and question.guards != prompt.guards:
        await record(
            session,
            question.by,
            "prompt.guards_changed",
            prompt.prompt_id,
            project=prompt.project,
            before=GUARDS.dump_python(prompt.guards),
            after=GUARDS.dump_python(question.guards),
        )


async def _view(session: Session, project: str, prompt: str) -> PromptView:
    row = await session.row("get_prompt", project, prompt)
    if row is None:
        raise unknown_prompt(prompt)
    return prompt_view(row)
