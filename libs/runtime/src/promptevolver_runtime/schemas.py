"""JSON Schemas that strangers write: they lead to no other document, and end in time.

A pattern that a backtracking engine tries for hours, or references that double at every step,
would stop the whole process for everybody. Either is cut off here.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import regex  # type: ignore[import-untyped]  # ships no types
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Registry

LONGEST_S = 0.2
MOST_REFERENCES = 20_000
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_UNBOUNDED = "patternProperties"
"""jsonschema itself matches these, without a limit."""

type Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class UnboundedSchema(ValueError):
    """The schema asks for what may take for ever."""


class BoundedSchema:
    """A compiled schema for one value at a time."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Compile. Raises UnboundedSchema."""
        if _names(schema, _UNBOUNDED):
            raise UnboundedSchema(f"'{_UNBOUNDED}' is not supported; name the properties")
        kind = validator_for(schema, default=Draft202012Validator)
        known: Mapping[str, Keyword] = kind.VALIDATORS
        counted = {name: self._counted(known[name]) for name in _REFERENCES if name in known}
        self._followed = 0
        bounded = extend(kind, {"pattern": _pattern, **counted})  # type: ignore[no-untyped-call]  # typed loosely
        self._validator: Validator = bounded(schema, registry=Registry())

    def errors(self, value: Any) -> Iterator[ValidationError]:
        """Give what is wrong with a value. Raises UnboundedSchema when it takes too long."""
        self._followed = 0
        try:
            yield from self._validator.iter_errors(value)
        except RecursionError as error:
            raise UnboundedSchema("the schema's references lead back to themselves") from error

    def _counted(self, follow: Keyword) -> Keyword:
        def counted(
            validator: Any, reference: Any, value: Any, schema: Any
        ) -> Iterator[ValidationError]:
            self._followed += 1
            if self._followed > MOST_REFERENCES:
                raise UnboundedSchema(f"more than {MOST_REFERENCES} references are followed")
            yield from follow(validator, reference, value, schema) or ()

        return counted


def _pattern(validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(value, "string"):
        return
    try:
        found = regex.search(pattern, value, timeout=LONGEST_S, concurrent=True)
    except TimeoutError as error:
        said = f"the pattern {pattern[:200]!r} takes over {LONGEST_S:g} s on one text"
        raise UnboundedSchema(said) from error
    except regex.error as error:
        raise UnboundedSchema(f"no regular expression: {error}") from error
    if found is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _names(part: Any, name: str) -> bool:
    """Whether an object anywhere within has the name: references may lead to any place."""
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if name in each:
                return True
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    return False
