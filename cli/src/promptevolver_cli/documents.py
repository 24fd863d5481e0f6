"""Files that people write: read with positions, so that every complaint names file and line."""

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file."""

    path: Path
    line: int | None
    field: str
    problem: str
    fix: str

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        field = f" {self.field}:" if self.field else ""
        return f"{place}:{field} {self.problem}\n    fix: {self.fix}"


class FileError(Exception):
    """A file cannot be used; nothing was sent. Carries every fault found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Document:
    """A value read from a file, and the line of each of its parts."""

    path: Path
    value: Any
    lines: dict[Location, int]

    def fault(self, location: Location, problem: str, fix: str) -> Fault:
        """Describe a fault at a place, or at the nearest part around it that the file has."""
        known = location
        while known and known not in self.lines:
            known = known[:-1]
        field = ".".join(str(part) for part in location)
        return Fault(self.path, self.lines.get(known), field, problem, fix)

    def validate[M: BaseModel](self, model: type[M]) -> M:
        """Read the value as a model; fields that it does not have are faults too."""
        try:
            return model.model_validate(self.value, extra="forbid")
        except ValidationError as error:
            causes = _causes(error.errors())
            raise FileError([self._from_pydantic(model, each) for each in causes]) from error

    def _from_pydantic(self, model: type[BaseModel], error: Any) -> Fault:
        location: Location = error["loc"]
        problem: str = error["msg"].removeprefix("Value error, ")
        match error["type"]:
            case "missing":
                return self.fault(location, "is missing", f"add '{location[-1]}'")
            case "extra_forbidden":
                return self.fault(location, "is unknown", _nearest(str(location[-1]), model))
            case "literal_error":
                return self.fault(location, "has an unknown value", problem.replace("Input", "it"))
            case "value_error":
                where, colon, rest = problem.partition(": ")
                if not location and colon and " " not in where:
                    location, problem = tuple(where.split(".")), rest
                problem, _, fix = problem.partition("; ")
                return self.fault(location, problem, fix or "make the two agree")
            case "string_pattern_mismatch":
                fix = "start with a small letter; then small letters, digits, '-' and '_'"
                return self.fault(location, f"'{error['input']}' is no name", fix)
            case _:
                given = json.dumps(error["input"], default=str, ensure_ascii=False)[:80]
                return self.fault(location, f"cannot be {given}", _lower_first(problem))


def _causes(errors: Sequence[Any]) -> list[Any]:
    """Leave out lists that are too short only because entries of theirs are wrong."""
    places = [error["loc"] for error in errors]

    def follows(error: Any) -> bool:
        at = error["loc"]
        return error["type"] == "too_short" and any(
            place[: len(at)] == at and place != at for place in places
        )

    return [error for error in errors if not follows(error)]


def read_text(path: Path) -> str:
    """Read a file as UTF-8. Raises FileError when it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        near = difflib.get_close_matches(path.name, _names_beside(path), n=1)
        fix = f"did you mean {path.with_name(near[0])}?" if near else "check the path"
        raise FileError([Fault(path, None, "", "there is no such file", fix)]) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise FileError(
            [Fault(path, line, "", "is not UTF-8 text", "save the file as UTF-8")]
        ) from error
    except OSError as error:
        raise FileError(
            [Fault(path, None, "", f"cannot be read: {error.strerror}", "check the path")]
        ) from error


def read_yaml(path: Path) -> Document:
    """Read a YAML file. Raises FileError for syntax faults and for keys that appear twice."""
    text = read_text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        problem = f"is not valid YAML: {error.problem}"
        fix = "check the indentation, and quote text that holds ': ', '#' or '{'"
        raise FileError([Fault(path, line, "", problem, fix)]) from error
    lines: dict[Location, int] = {}
    twice: list[tuple[Location, int]] = []
    if node is not None:
        for location, line in _walk(node, ()):
            if location in lines:
                twice.append((location, line))
            lines[location] = line
    if twice:
        raise FileError(
            [
                Fault(path, line, ".".join(map(str, at)), "appears twice", "keep one of them")
                for at, line in twice
            ]
        )
    return Document(path, value, lines)


def _walk(node: yaml.Node, at: Location) -> Iterator[tuple[Location, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            here = (*at, key.value)
            yield here, key.start_mark.line + 1
            yield from _walk(child, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield (*at, index), child.start_mark.line + 1
            yield from _walk(child, (*at, index))


def _nearest(name: str, model: type[BaseModel]) -> str:
    near = difflib.get_close_matches(name, list(_field_names(model)), n=1)
    return f"did you mean '{near[0]}'?" if near else "remove it"


def _field_names(model: type[BaseModel]) -> Iterable[str]:
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


def _names_beside(path: Path) -> list[str]:
    return [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
