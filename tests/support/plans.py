"""The plans of what history asks Postgres, as it asks it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg
import pytest
from promptevolver_history.database import Session

LARGE = frozenset(
    {
        "runs", "run_configs", "run_metrics", "run_facet_values", "candidates", "candidate_totals",
        "candidate_metrics", "mutations", "outcomes", "outcome_payloads", "events",
    }
)  # fmt: skip
"""Tables that grow with the number of runs."""

type Plan = Mapping[str, Any]


class Plans:
    """Explains every statement, with its values, before it is executed."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Plan]] = []

    def listen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take part in all sessions from now on."""
        execute, plans = Session.built, self

        async def built(session: Session, query: str, sql: str, *args: Any) -> list[asyncpg.Record]:
            explained = await execute(session, query, f"explain (format json) {sql}", *args)
            plans.seen.append((query, json.loads(explained[0][0])[0]["Plan"]))
            return await execute(session, query, sql, *args)

        monkeypatch.setattr(Session, "built", built)

    def scanned(self) -> set[tuple[str, str]]:
        """Give queries with the large tables that they read from end to end."""
        return {(query, table) for query, plan in self.seen for table in scans(plan) & LARGE}


def scans(plan: Plan) -> set[str]:
    """Give the tables that a plan reads from end to end."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def nodes(plan: Plan) -> Iterator[Plan]:
    """Give a plan's nodes, the plan itself first."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)
