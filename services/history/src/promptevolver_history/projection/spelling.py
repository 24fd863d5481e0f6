"""How values are spelled in rows."""

from decimal import Decimal
from typing import Any

from promptevolver_contracts.spending import Spend
from pydantic import BaseModel
from pydantic_core import to_json


def json_of(value: Any) -> str:
    return to_json(value).decode()


def text_of(value: BaseModel | None) -> str | None:
    return None if value is None else value.model_dump_json()


def usd_of(spend: Spend) -> Decimal:
    return Decimal(repr(spend.usd))
