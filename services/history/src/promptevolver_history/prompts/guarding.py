"""What must hold before a label moves."""

from dataclasses import dataclass

from asyncpg import Record
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.prompts import LATEST, LabelGuard

from promptevolver_history.database import Session
from promptevolver_history.prompts.locking import Locked, failed
from promptevolver_history.prompts.moves import Change
from promptevolver_history.prompts.versions import unknown_version
from promptevolver_history.seen import require_seen


@dataclass(frozen=True, slots=True)
class Measured:
    """What speaks for a version."""

    verdict: str | None
    simulated: bool

    def opens(self, *, simulated: bool) -> bool:
        """Whether a guarded label takes it, in a real or in a simulated installation."""
        return self.verdict == "improved" and (simulated or not self.simulated)


async def changeable(session: Session, prompt: Locked, question: Change) -> Record | None:
    """Give where the label points, if this caller may move it from there."""
    if question.label == LATEST:
        detail = "'latest' follows the newest version by itself; choose another label"
        raise failed(ErrorCode.CONFLICT, detail)
    if guard_of(prompt, question.label).admins_only and not question.admin:
        detail = f"only admins of the project may move '{question.label}' of {prompt.name}"
        raise failed(ErrorCode.FORBIDDEN, detail)
    current = await session.row("get_label", prompt.prompt_id, question.label)
    revision = None if current is None else current["move_id"]
    require_seen(f"'{question.label}'", question.revision, revision)
    return current


async def verdict_of(session: Session, prompt: Locked, version: int) -> Measured:
    """Give what speaks for a version. Raises QueryFailed for an unknown one."""
    row = await session.row("get_version_verdict", prompt.prompt_id, version)
    if row is None:
        raise unknown_version(prompt.name, version)
    return Measured(verdict=row["verdict"], simulated=row["simulated"])


def guard_of(prompt: Locked, label: str) -> LabelGuard:
    """Give a label's guard; one that has none takes every version."""
    return prompt.guards.get(label, LabelGuard(verdict=False))


def verdict_required(label: str, version: int, found: Measured) -> Exception:
    """Say why a guarded label does not take a version."""
    has = f"has '{found.verdict}'" if found.verdict else "has none"
    if found.verdict and found.simulated:
        has = f"{has} from a simulated provider, which says nothing about real models"
    return failed(
        ErrorCode.VERDICT_REQUIRED,
        f"'{label}' takes versions with the verdict 'improved', and version {version} {has}; "
        'promote a winner that improved, or send "override": {"reason": …}, which is audited',
    )
