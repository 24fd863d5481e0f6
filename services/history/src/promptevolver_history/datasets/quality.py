"""What may be wrong with a draft or version."""

from collections.abc import Sequence

from asyncpg import Record
from promptevolver_contracts import dataset_library as d
from promptevolver_contracts.datasets import SPLITS, Split

from promptevolver_history.database import Database, Session
from promptevolver_history.datasets.library import set_at

_MOST_COLUMNS = 501


class QualityCheck:
    """Looks for duplicates, leaks, contradictions and outliers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self, question: d.CheckQuality) -> d.Quality:
        """Answer counts and the first examples of each kind of doubt."""
        async with self._database.session() as session:
            set_id = await set_at(session, question, question.at)
            lengths = await session.row("item_lengths", set_id)
            median = lengths["median"] if lengths else None
            return d.Quality(
                sizes=await _sizes(session, set_id),
                duplicates=_finding(await session.rows("find_duplicates", set_id)),
                leaks=_finding(await session.rows("find_leaks", set_id)),
                conflicts=_finding(await session.rows("find_conflicts", set_id)),
                near_duplicates=_finding(await session.rows("find_near_duplicates", set_id)),
                near_leaks=_finding(await session.rows("find_near_leaks", set_id)),
                split_clusters=_finding(await session.rows("find_split_clusters", set_id)),
                empty_expected=_finding(await session.rows("find_empty_expected", set_id)),
                outsized=_finding(await session.rows("find_outsized", set_id, median)),
                lengths=d.Lengths(**dict(lengths)) if lengths and median is not None else None,
            )

    async def columns(self, question: d.DescribeColumns) -> d.Columns:
        """Answer the columns of a table of the items, by name."""
        async with self._database.session() as session:
            set_id = await set_at(session, question, question.at)
            rows = await session.rows("describe_columns", set_id, _MOST_COLUMNS)
        return d.Columns(columns=tuple(d.Column(**dict(row)) for row in rows))


async def _sizes(session: Session, set_id: str) -> dict[Split, int]:
    rows = await session.rows("count_splits", set_id)
    counted = {row["split"]: row["items"] for row in rows}
    return {split: counted.get(split, 0) for split in SPLITS}


def _finding(rows: Sequence[Record]) -> d.Finding:
    return d.Finding(
        groups=rows[0]["groups"] if rows else 0,
        items=rows[0]["items"] if rows else 0,
        examples=tuple(
            d.Suspects(item_ids=tuple(row["ids"]), splits=tuple(row["splits"]), count=row["n"])
            for row in rows
        ),
    )
