"""A dataset's JSON Schemas: what its items must meet."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from promptevolver_contracts.dataset_library import (
    LIST_ITEMS,
    Dataset,
    DraftExample,
    Item,
    ItemPage,
    ListItems,
)
from promptevolver_contracts.errors import FieldError
from promptevolver_runtime.schemas import BoundedSchema, UnboundedSchema
from referencing.exceptions import Unresolvable

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.mending import schema_fault
from promptevolver_gateway.problems import MOST_ERRORS, Problem

_MOST_OF_ITEM = 5


class Validity:
    """Checks items against the schemas of a dataset, one at a time."""

    def __init__(self, inputs: dict[str, Any] | None, expected: dict[str, Any] | None) -> None:
        self._schemas = [
            (part, BoundedSchema(schema))
            for part, schema in (("inputs", inputs), ("expected", expected))
            if schema is not None
        ]

    @property
    def demands(self) -> bool:
        """Whether anything is demanded at all."""
        return bool(self._schemas)

    def errors(self, example: DraftExample | Item) -> Iterator[FieldError]:
        """Say what of an item does not meet the schemas."""
        for part, schema in self._schemas:
            try:
                found = list(islice(schema.errors(getattr(example, part)), _MOST_OF_ITEM))
            except (Unresolvable, UnboundedSchema) as unusable:
                message = f"the schema cannot be used: {unusable}"
                yield FieldError(pointer=f"/{part}", message=message, code="schema")
                continue
            for error in found:
                place, message = schema_fault(error)
                yield FieldError(
                    pointer=f"/{part}{place}",
                    message=message[:500],
                    code=str(error.validator),
                )


def schema_errors(schema: dict[str, Any] | None, pointer: str) -> Iterator[FieldError]:
    """Say what is wrong with a schema itself."""
    if schema is None:
        return
    try:
        Draft202012Validator.check_schema(schema)
        BoundedSchema(schema)
    except SchemaError as error:
        steps = "".join(f"/{step}" for step in error.absolute_path)
        yield FieldError(pointer=f"{pointer}{steps}", message=error.message, code="schema")
    except (ValueError, TypeError, RecursionError) as error:
        yield FieldError(pointer=pointer, message=f"no JSON Schema: {error}", code="schema")


async def require_valid_draft(bus: Bus, dataset: Dataset, project: str) -> None:
    """Raise Problem `invalid_request` when an item of the draft does not meet the schemas."""
    validity = Validity(dataset.input_schema, dataset.expected_schema)
    faults: list[FieldError] = []
    after: int | None = -1 if validity.demands else None
    while after is not None and len(faults) < MOST_ERRORS:
        page = await bus.ask(
            LIST_ITEMS,
            ListItems(
                project=project,
                dataset_id=dataset.dataset_id,
                at="draft",
                after=after,
                limit=500,
            ),
        )
        faults += await asyncio.to_thread(_faults, page, validity)
        after = page.next_after
    if faults:
        raise Problem.of_fields(faults)


def _faults(page: ItemPage, validity: Validity) -> list[FieldError]:
    return [
        fault.model_copy(update={"pointer": f"/items/{item.id}{fault.pointer}"})
        for item in page.items
        for fault in validity.errors(item)
    ]
