"""Labels: names that point to versions, and the history of where they pointed."""

from asyncpg import Record
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.prompts import (
    LATEST,
    GetLabelled,
    LabelledVersion,
    LabelMove,
    LabelView,
    ListMoves,
    MoveLabel,
    MovePage,
    Promote,
    Promoted,
    RemoveLabel,
    RollBackLabel,
)

from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.prompts.guarding import (
    changeable,
    guard_of,
    verdict_of,
    verdict_required,
)
from promptevolver_history.prompts.locking import (
    Locked,
    failed,
    locked,
    unknown_label,
    unknown_prompt,
)
from promptevolver_history.prompts.moves import Move, moved
from promptevolver_history.prompts.versions import added
from promptevolver_history.prompts.views import (
    label_move,
    label_view,
    labelled_version,
    latest_version,
)


class Labels:
    """The labels of all prompts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, question: GetLabelled) -> LabelledVersion:
        """Answer the version that a label points to: one look-up, for every call of an app."""
        async with self._database.session() as session:
            if question.label == LATEST:
                newest = await session.row("get_latest_version", question.project, question.prompt)
                found = None if newest is None else latest_version(newest)
            else:
                row = await session.row(
                    "get_labelled_version", question.project, question.prompt, question.label
                )
                found = None if row is None else labelled_version(row, question.label)
            if found is None:
                prompt = await _known(session, question.project, question.prompt)
                raise unknown_label(prompt, question.label)
        return found

    async def move(self, question: MoveLabel) -> LabelView:
        """Point a label to a version, when its guard lets it."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            row = await _pointed(session, prompt, question, question.version)
            return label_view(row, prompt.name)

    async def promote(self, question: Promote) -> Promoted:
        """Make a version of what a run found and point a label to it: both, or neither."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            made = await added(session, prompt, question)
            row = await _pointed(session, prompt, question, made.version.number)
        return Promoted(
            version=made.version, created=made.created, label=label_view(row, prompt.name)
        )

    async def roll_back(self, question: RollBackLabel) -> LabelView:
        """Point a label to where it pointed before; having been allowed there, it may return."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            current = await changeable(session, prompt, question)
            if current is None:
                known = await _known(session, prompt.project, prompt.prompt_id)
                raise unknown_label(known, question.label)
            earlier = await session.row(
                "get_label_move", prompt.prompt_id, question.label, current["undo_move"]
            )
            if earlier is None:
                detail = f"'{question.label}' has no earlier version; move it to one instead"
                raise failed(ErrorCode.CONFLICT, detail)
            after = earlier["to_version"]
            found = await verdict_of(session, prompt, after)
            move = Move(
                "rolled_back",
                current["to_version"],
                after,
                undo=earlier["undo_move"],
                verdict=found.verdict,
            )
            return label_view(await moved(session, prompt, question, move), prompt.name)

    async def remove(self, question: RemoveLabel) -> LabelMove:
        """Let a label point nowhere."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            current = await changeable(session, prompt, question)
            if current is None:
                known = await _known(session, prompt.project, prompt.prompt_id)
                raise unknown_label(known, question.label)
            move = Move("removed", current["to_version"], None)
            return label_move(await moved(session, prompt, question, move))

    async def moves(self, question: ListMoves) -> MovePage:
        """Answer a page of a label's moves, newest first."""
        async with self._database.session() as session:
            prompt = await _known(session, question.project, question.prompt)
            rows = await session.rows(
                "list_label_moves",
                prompt["prompt_id"],
                question.label,
                question.before,
                question.limit + 1,
            )
        if not rows and question.before is None and question.label != LATEST:
            raise unknown_label(prompt, question.label)
        moves = fitting([label_move(row) for row in rows[: question.limit]])
        return MovePage(moves=moves, more=len(moves) < len(rows))


async def _known(session: Session, project: str, prompt: str) -> Record:
    found = await session.row("get_prompt", project, prompt)
    if found is None:
        raise unknown_prompt(prompt)
    return found


async def _pointed(
    session: Session, prompt: Locked, question: MoveLabel | Promote, version: int
) -> Record:
    current = await changeable(session, prompt, question)
    if current is not None and current["to_version"] == version:
        return current
    found = await verdict_of(session, prompt, version)
    override = None
    if guard_of(prompt, question.label).verdict and not found.opens(simulated=question.simulated):
        if question.override is None:
            raise verdict_required(question.label, version, found)
        override = question.override.reason
    move = Move(
        "moved",
        before=None if current is None else current["to_version"],
        after=version,
        undo=None if current is None else current["move_id"],
        verdict=found.verdict,
        override=override,
    )
    return await moved(session, prompt, question, move)
