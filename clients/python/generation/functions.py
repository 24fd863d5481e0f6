"""Operations as functions that make calls of arguments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.operations import EVENTS, JSON, NDJSON, TEXT, Operation
from generation.types import docstring, identifier, python_type

AFTER = "after"
_SENT = frozenset({"if-match", "idempotency-key"})
"""Headers that callers may want to send; the others are the transport's."""
_OF_PAGES = frozenset({"cursor", "limit"})


@dataclass(frozen=True, slots=True)
class Function:
    """One way to call an operation, and one way to read what it answers."""

    name: str
    kind: str
    """What it gives"""
    made: str
    """How that is made; `{call}` is the call"""
    sender: str
    """The connection's method that sends it"""
    lead: str = ""
    without: frozenset[str] = frozenset()
    """Query parameters that it does not take"""
    accepts: tuple[str, ...] = ()
    """Media types that it can ask for"""


def functions(operation: Operation) -> Iterator[Function]:
    """Tell in which ways an operation can be called."""
    name, entry, answers = operation.name, operation.entry, operation.answers
    if EVENTS in answers:
        yield Function(name, "Feed", "Feed({call}, after)", "events")
        return
    files = [media for media in answers if media not in {JSON, NDJSON, TEXT}]
    if JSON in answers or not files:
        yield _plain(operation)
    if NDJSON in answers and entry is not None:
        made, lead = f"Lines({{call}}, {entry})", "In one stream, all of them: "
        yield Function(beside("stream", name), f"Lines[{entry}]", made, "lines", lead, _OF_PAGES)
    if files and not operation.uploads:
        accepts = (*files, *(media for media in answers if media == NDJSON))
        own = beside("download", name) if JSON in answers else name
        made, lead = "File({call}, accept)", "As a file, piece by piece: "
        yield Function(own, "File", made, "chunks", lead, _OF_PAGES, accepts)


def _plain(operation: Operation) -> Function:
    schema, name = operation.answers.get(JSON, {}), operation.name
    if "$ref" in schema:
        kind = python_type(schema, "models.")
        if operation.paged:
            made = f"Listing({{call}}, {kind}, {operation.entry})"
            return Function(name, f"Listing[{kind}, {operation.entry}]", made, "answer")
        return Function(name, f"Answer[{kind}]", f"Answer({{call}}, {kind})", "answer")
    if schema:
        return Function(name, "Call", "{call}", "value")
    return Function(name, "Call", "{call}", "text" if TEXT in operation.answers else "done")


def beside(verb: str, name: str) -> str:
    """Name a way to call an operation beside the plain one."""
    return verb if name == "list" else f"{verb}_{name}"


def spelled(operation: Operation) -> Iterator[str]:
    """Give the operation's functions as code."""
    for function in functions(operation):
        made = function.made.format(call=_call(operation, function.without))
        taken = signature(list(parameters(operation, function)))
        yield (
            f"\n\ndef {function.name}({taken}) -> {function.kind}:\n"
            f"{docstring(title(operation, function.lead), '    ')}"
            f"    return {made}\n"
        )


def title(operation: Operation, lead: str = "") -> str:
    """Give an operation's summary and description."""
    return f"{summary(operation, lead)}\n\n{operation.about.get('description', '')}"


def summary(operation: Operation, lead: str = "") -> str:
    """Give an operation's summary as a sentence."""
    text = str(operation.about.get("summary", ""))
    return f"{lead}{text[:1].lower()}{text[1:]}." if lead else f"{text}."


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    kind: str
    """Its type, and its default where it has one"""
    keyword: bool = False

    @property
    def given(self) -> str:
        """The argument that hands it on."""
        return f"{self.name}={self.name}" if self.keyword else self.name


def signature(parameters: Sequence[Parameter]) -> str:
    """Give parameters as code."""
    positional = [f"{each.name}: {each.kind}" for each in parameters if not each.keyword]
    keywords = [f"{each.name}: {each.kind}" for each in parameters if each.keyword]
    return ", ".join([*positional, *(["*"] if keywords else []), *keywords])


def parameters(operation: Operation, function: Function) -> Iterator[Parameter]:
    """Give what a function takes."""
    for each in operation.parameters("path"):
        yield Parameter(identifier(each["name"]), "str" if _is_text(each) else "int | str")
    if operation.uploads:
        kinds = ", ".join(map(repr, operation.bodies))
        yield Parameter("content", "AsyncContent")
        yield Parameter("content_type", f"Literal[{kinds}]", keyword=True)
    elif operation.bodies:
        optional = not operation.about["requestBody"].get("required", False)
        kind = _body_type(operation.bodies[JSON])
        yield Parameter("body", f"{kind} | None = None" if optional else kind)
    for each in operation.parameters("query"):
        if each["name"] not in function.without:
            yield Parameter(identifier(each["name"]), _query_type(each), keyword=True)
    for each in _headers(operation):
        yield Parameter(identifier(each["name"]), "str | None = None", keyword=True)
    if function.accepts:
        kinds = ", ".join(map(repr, function.accepts))
        kind = f"Literal[{kinds}] = {function.accepts[0]!r}"
        yield Parameter("accept", kind, keyword=True)


def _query_type(parameter: Mapping[str, Any]) -> str:
    # A module's own `list` hides the type of that name.
    kind = python_type(parameter.get("schema", {}), "models.").replace("list[", "Sequence[")
    if parameter.get("required"):
        return kind
    if parameter["name"] == AFTER:
        return "int = 0"
    return f"{kind} = None" if "None" in kind.split(" | ") else f"{kind} | None = None"


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
    headers = [each["name"] for each in _headers(operation)]
    if operation.uploads:
        headers.append("Content-Type")
        parts.append("content=content")
    elif operation.bodies:
        parts.append("json=plain(body)")
    if headers:
        parts.append(f"headers={{{_pairs(headers)}}}")
    return f"Call({', '.join(parts)})"


def _pairs(names: Sequence[str]) -> str:
    return ", ".join(f"{name!r}: {identifier(name)}" for name in names)


def _headers(operation: Operation) -> list[Mapping[str, Any]]:
    return [each for each in operation.parameters("header") if each["name"].lower() in _SENT]


def _body_type(schema: Mapping[str, Any]) -> str:
    kinds = python_type(schema, "models.").split(" | ")
    return " | ".join([*(kind for kind in kinds if kind != "None"), "Mapping[str, Any]"])


def _is_text(parameter: Mapping[str, Any]) -> bool:
    return str(parameter.get("schema", {}).get("type")) == "string"
