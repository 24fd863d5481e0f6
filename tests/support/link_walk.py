"""A walk along the links of the OpenAPI document: what one call made, the next ones use."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
from promptevolver_contracts.subjects import REQUESTS
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.stateful.state_machine import StepOutput
from schemathesis.specs.openapi import expressions

from support.fuzzing import Fuzzing, Operation, made_up
from support.people import PASSWORD
from support.told_runs import whole_run

BEGINNINGS = 4
"""Calls of each operation that something begins with"""
ENDLESS = {"runs_events"}
"""Ends with the run, which may go on here"""
LATER = 2
"""So often is everything else done before something is deleted"""
SHOWN = 0.6
"""Share of calls as the document shows them; the others are made up, some of them wrong"""
_UNIQUE = ("id", "name", "email")
_LETTERS = [
    {"id": split, "inputs": {"letter": "Thank you!"}, "expected": "praise", "split": split}
    for split in ("train", "validation", "test")
]
_FITTING: Mapping[str, Any] = {
    "auth_sign_in": {"email": "ada@example.org", "password": PASSWORD},
    "datasets_create_version": {"note": "labels corrected"},
    "datasets_create_draft_item": {"items": [_LETTERS[0]]},
    "projects_create_member": {"email": "ada@example.org", "role": "editor"},
    "runs_fork": {"budget": {"calls": 500}},
    "templates_create_run": {
        "parameters": {"labels": ["praise", "complaint"]},
        "dataset": {"name": "letters", "examples": _LETTERS},
    },
}
"""Where the document's example does not fit what is there"""

type Document = Mapping[str, Any]
type Link = tuple[str, str]
"""Ids of two operations"""


@dataclass
class Walk:
    """What there is to go on with, and which links were followed."""

    fuzzing: Fuzzing
    random: Random = field(default_factory=lambda: Random(7))
    offers: dict[Link, list[dict[str, Any]]] = field(default_factory=dict)
    """Values that answers gave for a link's parameters"""
    followed: Counter[Link] = field(default_factory=Counter)
    targets: Counter[str] = field(default_factory=Counter)
    """How often a link led to each operation"""
    fruitful: Counter[str] = field(default_factory=Counter)
    """How often the call that it led to succeeded"""
    _calls: int = 0
    _read: int = 0
    _started: int = 0

    def __post_init__(self) -> None:
        document = self.fuzzing.scene.api.api.openapi()
        found: list[Any] = list(self.fuzzing.schema().get_all_operations())
        self._operations: dict[str, Operation] = {
            each.ok().definition.raw["operationId"]: each.ok() for each in found
        }
        self.links = {link: known for link, known in links(document) if link[1] not in ENDLESS}
        self._examples = dict(examples(document))
        self._cases: dict[str, list[Any]] = {}

    def run(self, calls: int) -> None:
        """Make things, then follow so many links."""
        begun = {source for source, _ in self.links} - {target for _, target in self.links}
        for name in sorted(begun) * BEGINNINGS:
            self._call(name, {})
        for _ in range(calls):
            link = self._next()
            status = self._call(link[1], self.random.choice(self.offers[link][-BEGINNINGS:]))
            self.followed[link] += 1
            self.targets[link[1]] += 1
            self.fruitful[link[1]] += status < 300

    def _next(self) -> Link:
        """Choose what was done least often by now; what takes things away comes later."""

        def done(link: Link) -> tuple[int, int]:
            late = LATER if self._operations[link[1]].method == "delete" else 0
            return self.targets[link[1]] + late, self.followed[link]

        least = min(map(done, self.offers))
        return self.random.choice(sorted(link for link in self.offers if done(link) == least))

    def _call(self, name: str, values: Mapping[str, Any]) -> int:
        """Call an operation, with a link's values in their places."""
        self._calls += 1
        case = self._case(name)
        if self.random.random() < SHOWN:
            self._as_shown(name, case)
        places = {each.name: each.location for each in case.operation.iter_parameters()}
        for parameter, value in values.items():
            container = places[parameter].container_name
            getattr(case, container)[parameter] = value
        response = self.fuzzing.call(case)
        self.fuzzing.wait(self._history())
        self._note(name, case, response)
        return response.status_code

    def _cases_of(self, name: str) -> list[Any]:
        """Give made-up cases, which do not depend on answers."""
        if name not in self._cases:
            operation = self._operations[name]
            right = made_up(operation, GenerationMode.POSITIVE, 2)
            self._cases[name] = [*right, *made_up(operation, GenerationMode.NEGATIVE, 1)]
        return self._cases[name]

    def _case(self, name: str) -> Any:
        """Give a case of its own that is like a made-up one."""
        like = self.random.choice(self._cases_of(name))
        return like.operation.Case(
            path_parameters=dict(like.path_parameters or {}),
            query=dict(like.query or {}),
            headers=dict(like.headers or {}),
            body=like.body,
            media_type=like.media_type,
        )

    def _as_shown(self, name: str, case: Any) -> None:
        """Ask for no more than is needed, with a body as the document shows it."""
        needed = {each.name for each in case.operation.iter_parameters() if each.is_required}
        case.headers = {}
        case.query = {k: v for k, v in case.query.items() if k in needed}
        if name in _FITTING:
            case.body = _FITTING[name]
        elif name in self._examples:
            # What an example is about is Ada's.
            there = {"run_id": self.fuzzing.scene.made["runs"]["run_id"], "version": 1}
            case.body = fresh(settled(self._examples[name], there), self._calls)

    async def _history(self) -> None:
        """Let history read on; of new runs every third one ends, with a winner."""
        api = self.fuzzing.scene.api
        started = [each for each in api.bus.stream[self._read :] if ".req." in each.subject]
        self._read = len(api.bus.stream)
        for request in (REQUESTS.decode(each.data) for each in started):
            self._started += 1
            if self._started % 3:
                continue
            _, *told = whole_run(request.run_id, project=request.project)
            for each in told:
                await api.bus.publish(
                    each.subject, each.body, kind="", msg_id=each.msg_id, run=request.run_id
                )
        await api.project()

    def _note(self, name: str, case: Any, response: httpx.Response) -> None:
        """Remember what the answer offers to go on with."""
        output = StepOutput(Response.from_any(response), case)
        for link, (statuses, parameters) in self.links.items():
            if link[0] == name and str(response.status_code) in statuses:
                found = {each: expressions.evaluate(e, output) for each, e in parameters.items()}
                if all(isinstance(each, str | int) for each in found.values()):
                    self.offers.setdefault(link, []).append(found)


def links(document: Document) -> Iterator[tuple[Link, tuple[set[str], dict[str, str]]]]:
    """Give the document's links with the statuses and the parameters that they have."""
    for methods in document["paths"].values():
        for operation in methods.values():
            answers = operation["responses"].items()
            linked = {status: each["links"] for status, each in answers if "links" in each}
            for known in linked.values():
                for link in known.values():
                    pair = operation["operationId"], link["operationId"]
                    yield pair, (set(linked), link["parameters"])


def examples(document: Document) -> Iterator[tuple[str, Any]]:
    """Give bodies as their schemas show them, by operation."""
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            for kind in schema.get("anyOf", [schema]):
                if name := kind.get("$ref", "").rpartition("/")[2]:
                    example = document["components"]["schemas"][name]["examples"][0]
                    yield operation["operationId"], example


def settled(example: Any, there: Mapping[str, Any]) -> Any:
    """Give an example that names what is there, wherever it names such a thing."""
    match example:
        case dict():
            return {k: there[k] if k in there else settled(v, there) for k, v in example.items()}
        case list():
            return [settled(each, there) for each in example]
        case _:
            return example


def fresh(example: Any, number: int) -> Any:
    """Give an example with names that nothing else has."""
    changed = {name: f"n{number}-{example[name]}" for name in _UNIQUE if example.get(name)}
    return example | changed
