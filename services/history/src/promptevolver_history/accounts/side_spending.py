"""What is paid for outside of runs."""

from decimal import Decimal

from promptevolver_contracts import accounts as c

from promptevolver_history.audit import record
from promptevolver_history.database import Database


class SideSpending:
    """Spend that no run's log tells of: it is recorded here, and nowhere else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, question: c.RecordSideSpend) -> c.Done:
        """Record a spend and who caused it, once."""
        spend, by = question.spend, question.by
        async with self._database.transaction() as session:
            new = await session.rows(
                "insert_side_spend",
                question.spend_id,
                question.project,
                by.id,
                by.name,
                question.kind,
                question.about,
                spend.calls,
                spend.tokens,
                Decimal(repr(spend.usd)),
            )
            if new:
                await record(
                    session,
                    by,
                    "evaluator.tried",
                    question.about,
                    project=question.project,
                    calls=spend.calls,
                    tokens=spend.tokens,
                    usd=spend.usd,
                    unpriced_calls=spend.unpriced_calls,
                )
        return c.Done()
