"""The functions as methods of resources, which send what the functions make."""

from collections.abc import Iterator, Mapping, Sequence

from generation.functions import (
    Function,
    beside,
    functions,
    parameters,
    signature,
    summary,
    title,
)
from generation.operations import JSON, Operation
from generation.types import docstring, python_type


def class_of(resource: str) -> str:
    """Name a resource's class."""
    return "Async" + "".join(word.capitalize() for word in resource.split("_"))


def resource_class(
    resource: str, own: Sequence[Operation], modules: Mapping[str, str]
) -> Iterator[str]:
    """Give a resource's class as code; `modules` tells where each operation's functions are."""
    yield f"\n\nclass {class_of(resource)}(Resource[AsyncConnection]):\n"
    yield f'    """Operations on {resource.replace("_", " ")}."""\n\n'
    for operation in own:
        for function in functions(operation):
            called = f"{modules[operation.id]}.{function.name}"
            if operation.uploads:
                yield _upload(operation, function, called)
                continue
            yield _method(function.name, called, function.sender)
            yield docstring(summary(operation, function.lead), "    ")
            if function.kind.startswith("Listing["):
                yield _method(beside("iterate", function.name), called, "entries")
                yield docstring(summary(operation, "Page by page, all of them: "), "    ")


def _method(name: str, called: str, sender: str) -> str:
    return f"    {name} = Method({called}, AsyncConnection.{sender})\n"


def _upload(operation: Operation, function: Function, called: str) -> str:
    """Spell the method out: what it may be given differs between waiting and blocking code."""
    taken = list(parameters(operation, function))
    given = ", ".join(each.given for each in taken)
    kind = python_type(operation.answers[JSON], "models.")
    return (
        f"\n    async def {function.name}(self, {signature(taken)}) -> {kind}:\n"
        f"{docstring(title(operation), ' ' * 8)}"
        f"        return await self.connection.answer({called}({given}))\n\n"
    )


def api_class(resources: Sequence[str]) -> Iterator[str]:
    """Give the class that holds all resources as code."""
    yield "\n\nclass AsyncApi:\n"
    yield '    """All operations of the API, by resource."""\n\n'
    yield "    def __init__(self, connection: AsyncConnection) -> None:\n"
    for resource in resources:
        yield f"        self.{resource} = {class_of(resource)}(connection)\n"
