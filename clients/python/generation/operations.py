"""Operations of the document as methods, grouped by resource."""

import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.types import class_name, docstring, identifier, python_type, reference

JSON, NDJSON, EVENTS, TEXT = (
    "application/json",
    "application/x-ndjson",
    "text/event-stream",
    "text/plain",
)
_SENT = frozenset({"if-match", "idempotency-key"})
"""Headers that callers may want to send; the others are the transport's."""
_OF_PAGES = frozenset({"cursor", "limit"})
AFTER = "after"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    resource: str
    name: str
    method: str
    path: str
    about: Mapping[str, Any]
    components: Mapping[str, Any]

    @property
    def answers(self) -> dict[str, Any]:
        """Media types of a good answer, with their schemas."""
        for status, response in self.about["responses"].items():
            if status.startswith("2"):
                return {m: c.get("schema", {}) for m, c in response.get("content", {}).items()}
        return {}

    @property
    def bodies(self) -> dict[str, Any]:
        content = self.about.get("requestBody", {}).get("content", {})
        return {media: each.get("schema", {}) for media, each in content.items()}

    @property
    def uploads(self) -> bool:
        """Whether the body is a file."""
        return bool(self.bodies) and JSON not in self.bodies

    def parameters(self, place: str) -> list[Mapping[str, Any]]:
        return [each for each in self.about.get("parameters", ()) if each["in"] == place]

    @property
    def entry(self) -> str | None:
        """The class of a list's entries; None for what is no list in pages."""
        schema = self.answers.get(JSON, {})
        if "$ref" not in schema:
            return None
        properties = self.components[reference(schema)].get("properties", {})
        if "page" not in properties or "$ref" not in properties["data"].get("items", {}):
            return None
        return "models." + class_name(reference(properties["data"]["items"]))

    @property
    def paged(self) -> bool:
        return self.entry is not None and any(
            each["name"] == "cursor" for each in self.parameters("query")
        )


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Read the document's operations, in the order of their names."""
    known = document["components"]["schemas"]
    resources = sorted(
        {path.split("/")[3] for path in document["paths"] if path.startswith("/api/v1/")},
        key=len,
        reverse=True,
    )
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            named = about["operationId"]
            resource = next(r for r in resources if named.startswith(f"{r}_"))
            word = named.removeprefix(f"{resource}_")
            name = f"{word}_" if keyword.iskeyword(word) else word
            yield Operation(resource, name, method.upper(), path, about, known)


def module(every: list[Operation]) -> Iterator[str]:
    """Give the lines of a module with a class for each resource, and one with all of them."""
    resources = sorted({each.resource for each in every})
    for resource in resources:
        own = [each for each in every if each.resource == resource]
        yield f"\n\nclass {resource_class(resource)}:\n"
        yield f'    """Operations on {resource.replace("_", " ")}."""\n\n'
        yield "    def __init__(self, connection: AsyncConnection) -> None:\n"
        yield "        self._connection = connection\n"
        for each in sorted(own, key=lambda operation: operation.name):
            yield from methods(each)
    yield "\n\nclass AsyncApi:\n"
    yield '    """All operations of the API, by resource."""\n\n'
    yield "    def __init__(self, connection: AsyncConnection) -> None:\n"
    for resource in resources:
        yield f"        self.{resource} = {resource_class(resource)}(connection)\n"


def resource_class(resource: str) -> str:
    return "Async" + "".join(word.capitalize() for word in resource.split("_"))


def methods(operation: Operation) -> Iterator[str]:
    """Give the method, and its variants that read a whole list or a file."""
    for variant in variants(operation):
        yield _method(operation, variant)


def variants(operation: Operation) -> Iterator["Variant"]:
    """Tell in which ways an operation can be called."""
    name, entry, answers = operation.name, operation.entry, operation.answers
    if EVENTS in answers:
        yield Variant(name, "AsyncIterator[Event]", "events({call}, after)")
        return
    files = [media for media in answers if media not in {JSON, NDJSON, TEXT}]
    if JSON in answers or not files:
        yield _plain(operation)
    entries = f"AsyncIterator[{entry}]"
    if operation.paged:
        call = f"entries({python_type(answers[JSON], 'models.')}, {entry}, {{call}})"
        lead = "Page by page, all of them: "
        yield Variant(_beside("iterate", name), entries, call, lead, frozenset({"cursor"}))
    if NDJSON in answers and entry is not None:
        call, lead = f"lines({entry}, {{call}})", "In one stream, all of them: "
        yield Variant(_beside("stream", name), entries, call, lead, _OF_PAGES)
    if files and not operation.uploads:
        media = [*files, *(media for media in answers if media == NDJSON)]
        accept = f"accept: Literal[{', '.join(map(repr, media))}] = {media[0]!r}"
        own = _beside("download", name) if JSON in answers else name
        call, lead = "chunks({call}, accept)", "As a file, piece by piece: "
        yield Variant(own, "AsyncIterator[bytes]", call, lead, _OF_PAGES, (accept,))


def _plain(operation: Operation) -> "Variant":
    schema = operation.answers.get(JSON, {})
    kind, call = "None", "value({call})"
    if "$ref" in schema:
        kind = python_type(schema, "models.")
        call = f"answer({kind}, {{call}})"
    elif schema:
        kind = "Any"
    elif TEXT in operation.answers:
        kind, call = "str", "text({call})"
    return Variant(operation.name, kind, call, waits=True)


def _beside(verb: str, name: str) -> str:
    return verb if name == "list" else f"{verb}_{name}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to call an operation."""

    name: str
    kind: str
    """The type that it gives"""
    call: str
    """What is asked of the connection; `{call}` is the call"""
    lead: str = ""
    without: frozenset[str] = frozenset()
    """Query parameters that it does not take"""
    extra: tuple[str, ...] = ()
    waits: bool = False


def _method(operation: Operation, variant: Variant) -> str:
    positional, keywords = _signature(operation, variant.without)
    keywords += variant.extra
    arguments = ", ".join(["self", *positional, *(["*"] if keywords else []), *keywords])
    head, wait = ("async def", "await ") if variant.waits else ("def", "")
    call = variant.call.format(call=_call(operation, variant.without))
    give = "" if variant.kind == "None" else "return "
    summary, lead = operation.about.get("summary", ""), variant.lead
    title = f"{lead}{summary[:1].lower()}{summary[1:]}" if lead else summary
    text = f"{title}.\n\n{operation.about.get('description', '')}"
    return (
        f"\n    {head} {variant.name}({arguments}) -> {variant.kind}:\n"
        f"{docstring(text, ' ' * 8)}"
        f"        {give}{wait}self._connection.{call}\n"
    )


def _signature(operation: Operation, without: frozenset[str]) -> tuple[list[str], list[str]]:
    positional = [
        f"{identifier(each['name'])}: {'str' if _is_text(each) else 'int | str'}"
        for each in operation.parameters("path")
    ]
    keywords: list[str] = []
    if operation.uploads:
        kinds = ", ".join(map(repr, operation.bodies))
        positional.append("content: AsyncContent")
        keywords.append(f"content_type: Literal[{kinds}]")
    elif operation.bodies:
        optional = not operation.about["requestBody"].get("required", False)
        kind = _body_type(operation.bodies[JSON])
        positional.append(f"body: {kind} | None = None" if optional else f"body: {kind}")
    taken = [each for each in operation.parameters("query") if each["name"] not in without]
    keywords += map(_keyword, taken)
    keywords += [f"{identifier(each['name'])}: str | None = None" for each in _headers(operation)]
    return positional, keywords


def _keyword(parameter: Mapping[str, Any]) -> str:
    # A resource's own `list` hides the type of that name.
    kind = python_type(parameter.get("schema", {}), "models.").replace("list[", "Sequence[")
    name = identifier(parameter["name"])
    if parameter.get("required"):
        return f"{name}: {kind}"
    if name == AFTER:
        return f"{name}: int = 0"
    optional = kind if "None" in kind.split(" | ") else f"{kind} | None"
    return f"{name}: {optional} = None"


def _call(operation: Operation, without: frozenset[str]) -> str:
    names = [each["name"] for each in operation.parameters("path")]
    template = operation.path
    for name in names:
        template = template.replace("{" + name + "}", "{}")
    values = ", ".join(map(identifier, names))
    parts = [repr(operation.method), f"path({template!r}, {values})" if names else repr(template)]
    asked = [each["name"] for each in operation.parameters("query") if each["name"] not in without]
    if asked and EVENTS not in operation.answers:
        parts.append(f"query={{{_pairs(asked)}}}")
    headers = _pairs([each["name"] for each in _headers(operation)])
    if operation.uploads:
        headers += "'Content-Type': content_type"
        parts.append("content=content")
    elif operation.bodies:
        parts.append("json=plain(body)")
    if headers:
        parts.append(f"headers={{{headers}}}")
    return f"Call({', '.join(parts)})"


def _pairs(names: Sequence[str]) -> str:
    return "".join(f"{name!r}: {identifier(name)}, " for name in names)


def _headers(operation: Operation) -> list[Mapping[str, Any]]:
    return [each for each in operation.parameters("header") if each["name"].lower() in _SENT]


def _body_type(schema: Mapping[str, Any]) -> str:
    kinds = python_type(schema, "models.").split(" | ")
    return " | ".join([*(kind for kind in kinds if kind != "None"), "Mapping[str, Any]"])


def _is_text(parameter: Mapping[str, Any]) -> bool:
    return str(parameter.get("schema", {}).get("type")) == "string"
