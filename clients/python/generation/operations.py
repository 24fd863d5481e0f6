"""Operations of the document."""

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generation.types import class_name, reference

JSON, NDJSON, EVENTS, TEXT = (
    "application/json",
    "application/x-ndjson",
    "text/event-stream",
    "text/plain",
)


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
    def id(self) -> str:
        return str(self.about["operationId"])

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
