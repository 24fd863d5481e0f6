"""Checking outputs against a JSON Schema."""

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import validator_for
from promptevolver_runtime.schemas import BoundedSchema, UnboundedSchema
from referencing.exceptions import Unresolvable

from promptevolver_evaluator import json_text

MOST_NAMED = 5
"""Mismatches named in one complaint; a mutation gains nothing from more."""


class UnusableSchema(ValueError):
    """The schema itself is wrong."""


class OutputSchema:
    """A compiled JSON Schema. A `$ref` is never fetched: it has to lead into the schema itself."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Compile. Raises UnusableSchema."""
        kind = validator_for(schema, default=Draft202012Validator)
        try:
            kind.check_schema(schema)
            self._schema = BoundedSchema(schema)
        except SchemaError as error:
            raise UnusableSchema(f"{error.json_path}: {error.message}") from error
        except UnboundedSchema as error:
            raise UnusableSchema(str(error)) from error

    def complaint(self, output: str) -> str | None:
        """Say what keeps the output from being usable, and where; None when nothing does.

        Raises UnusableSchema for a `$ref` that leads nowhere, and for what takes too long.
        """
        try:
            value = json_text.read(output)
        except ValueError as error:
            return f"The output is not JSON: {error}."
        return self.mismatch(value)

    def mismatch(self, value: Any) -> str | None:
        """Say where a JSON value departs from the schema; None when it does not."""
        try:
            errors = sorted(self._schema.errors(value), key=lambda e: e.json_path)
        except Unresolvable as error:
            raise UnusableSchema(f"unresolvable reference: {error}") from error
        except UnboundedSchema as error:
            raise UnusableSchema(str(error)) from error
        if not errors:
            return None
        named = "; ".join(_worded(error) for error in errors[:MOST_NAMED])
        more = f"; and {len(errors) - MOST_NAMED} more" if len(errors) > MOST_NAMED else ""
        return f"The output does not meet its JSON Schema: {named}{more}."


def _worded(error: ValidationError) -> str:
    deepest = best_match([error]) or error
    return f"at {deepest.json_path}: {deepest.message[:300]}"
