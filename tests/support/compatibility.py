"""Whether a message's JSON Schema of today still serves writers and readers of an earlier one."""

from collections.abc import Iterator, Mapping
from typing import Any

type Schema = Mapping[str, Any]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_CHOICES = ("anyOf", "oneOf")


def breaks(before: Schema, after: Schema) -> list[str]:
    """Say what the later schema takes away; nothing when it only adds.

    Another default of `v` makes it another version, which may differ as it likes.
    """
    if _version(before) != _version(after):
        return []
    return list(_Comparison(before, after).of(before, after, ""))


def _version(schema: Schema) -> Any:
    return schema.get("properties", {}).get("v", {}).get("default")


class _Comparison:
    def __init__(self, before: Schema, after: Schema) -> None:
        self._before = before.get("$defs", {})
        self._after = after.get("$defs", {})
        self._open: set[tuple[str, str]] = set()

    def of(self, before: Any, after: Any, where: str) -> Iterator[str]:
        if before is True or after is True:
            if after is not True:
                yield f"{where}: took anything"
            return
        names = (before.get("$ref", ""), after.get("$ref", ""))
        if all(names) and names in self._open:
            return
        self._open.add(names)
        before, after = _resolved(before, self._before), _resolved(after, self._after)
        choices, later = _branches(before), _branches(after)
        if len(choices) > 1 or len(later) > 1:
            yield from self._choices(choices, later, where)
        else:
            yield from self._plain(choices[0], later[0], where)
        self._open.discard(names)

    def _choices(self, before: list[Schema], after: list[Schema], where: str) -> Iterator[str]:
        for branch in before:
            faults = [list(self.of(branch, other, where)) for other in after]
            if all(faults):
                yield (
                    min(faults, key=len)[0] if len(after) == 1 else f"{where}: lost {_say(branch)}"
                )

    def _plain(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        yield from _narrowed(before, after, where)
        yield from self._properties(before, after, where)
        for part in ("items", "additionalProperties"):
            if part in after:
                yield from self.of(before.get(part, True), after[part], f"{where}/{part}")
        pairs = zip(before.get("prefixItems", ()), after.get("prefixItems", ()), strict=False)
        for place, (old, new) in enumerate(pairs):
            yield from self.of(old, new, f"{where}/{place}")

    def _properties(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        new = after.get("properties", {})
        for name in set(after.get("required", ())) - set(before.get("required", ())):
            yield f"{where}/{name}: became required"
        for name, old in before.get("properties", {}).items():
            if name in new:
                yield from self.of(old, new[name], f"{where}/{name}")
            else:
                yield f"{where}/{name}: removed"


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    return found


def _branches(schema: Schema) -> list[Schema]:
    for key in _CHOICES:
        if key in schema:
            return list(schema[key])
    return [schema]


def _narrowed(before: Schema, after: Schema, where: str) -> Iterator[str]:
    types, later = _types(before), _types(after)
    if later and not (types and types <= later):
        yield f"{where}: type {_say(before)} became {_say(after)}"
    values, left = _values(before), _values(after)
    if left is not None and (values is None or not values <= left):
        lost = "any value" if values is None else ", ".join(sorted(values - left))
        yield f"{where}: no longer takes {lost}"
    for bound in _LOWER_BOUNDS:
        if after.get(bound, float("-inf")) > before.get(bound, float("-inf")):
            yield f"{where}: {bound} rose"
    for bound in _UPPER_BOUNDS:
        if after.get(bound, float("inf")) < before.get(bound, float("inf")):
            yield f"{where}: {bound} fell"
    for rule in ("pattern", "format"):
        if rule in after and after[rule] != before.get(rule):
            yield f"{where}: {rule} changed"


def _types(schema: Schema) -> set[str]:
    if "type" not in schema:
        return set()
    types = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    return types | {"integer"} if "number" in types else types


def _values(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {repr(schema["const"])}
    return {repr(value) for value in schema["enum"]} if "enum" in schema else None


def _say(schema: Schema) -> str:
    return str(schema.get("$ref") or schema.get("type") or "anything")
