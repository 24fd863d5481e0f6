"""Where what is made goes: which module holds an operation, and which holds a model."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generation.functions import functions
from generation.operations import Operation
from generation.types import reference

FEWEST = 2
"""What is fewer goes with its wider kin."""
SHARED = "shared"


def noun(operation: Operation) -> str:
    """Name the resource, with the noun inside it that the operation is about."""
    steps = [each for each in operation.path.split("/")[3:] if "{" not in each]
    return "_".join([operation.resource, *steps[1:2]])


def tag(operation: Operation) -> str:
    """Name the group that the document puts the operation in."""
    return str(operation.about["tags"][0]).replace(" ", "_")


def resource(operation: Operation) -> str:
    return operation.resource


def of_operations(every: Sequence[Operation]) -> dict[str, list[Operation]]:
    """Divide operations by resource, and by the noun inside it where that has many functions."""
    crowds = Counter(noun(each) for each in every for _ in functions(each))
    modules: dict[str, list[Operation]] = defaultdict(list)
    for each in every:
        crowded = crowds[noun(each)] >= FEWEST
        modules[noun(each) if crowded else each.resource].append(each)
    return dict(sorted(modules.items()))


def of_models(
    every: Sequence[Operation], components: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Divide models by the operations that use them, each as narrowly as it can be.

    What a model is made of is used wherever the model is, so nothing refers to a narrower place
    than its own, and no two modules refer to each other.
    """
    users = _users(every, components)
    modules: dict[str, dict[str, Any]] = defaultdict(dict)
    waiting = dict(components)
    for level in (noun, resource):
        places = {name: {level(each) for each in users[name]} for name in waiting}
        lonely = {name: place.pop() for name, place in places.items() if len(place) == 1}
        crowds = Counter(lonely.values())
        for name, place in lonely.items():
            if crowds[place] >= FEWEST:
                modules[place][name] = waiting.pop(name)
    for name, schema in waiting.items():
        tags = {tag(each) for each in users[name]}
        modules[tags.pop() if len(tags) == 1 else SHARED][name] = schema
    return dict(sorted(modules.items()))


def references(schema: Any) -> Iterator[str]:
    """Name the components that a schema is made of."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            yield reference(schema)
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from references(each)


def _users(every: Sequence[Operation], components: Mapping[str, Any]) -> dict[str, list[Operation]]:
    users: dict[str, list[Operation]] = {name: [] for name in components}
    for operation in every:
        seen: set[str] = set()
        waiting = list(references(operation.about))
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                users[name].append(operation)
                waiting += references(components[name])
    return users
