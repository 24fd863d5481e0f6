"""The columns that a table of the items has."""

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.questions import At, DatasetQuestion
from promptevolver_contracts.rpc import Queries, query


class DescribeColumns(DatasetQuestion):
    """Ask for the columns that a table of the items has."""

    at: At


class Column(Part):
    """A column of a table of items."""

    name: str = Field(description="`inputs.<name>`, `metadata.<name>` or `expected`")
    plain: bool = Field(description="Whether every item has a text there, and no empty one")


class Columns(Part):
    """The columns in order of name, as many as fit."""

    columns: tuple[Column, ...]


DESCRIBE_COLUMNS = query("rpc.history.describe_columns", DescribeColumns, Columns)

QUERIES: Queries = (DESCRIBE_COLUMNS,)
