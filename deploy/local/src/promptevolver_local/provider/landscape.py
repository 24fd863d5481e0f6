"""What a task needs from its prompt, read from a YAML file.

A landscape names the rules that a prompt should state, how each is recognised in a prompt, in which
sentences a reflecting model may write it, and how answers fail without it. The right answers and
the rules that each example needs come from the examples file beside it.
"""

import json
import re
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

type Answer = dict[str, Any]


class LandscapeError(ValueError):
    """A landscape or its examples are unusable; the text names file, place and cause."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Statement(_Strict):
    """A way to recognise a rule: every regular expression is found in one sentence of the prompt.

    `strength` in (0, 1] says how far such a sentence prevents the rule's failure.
    """

    all: tuple[str, ...] = Field(min_length=1)
    strength: float = Field(default=1.0, gt=0, le=1)


class Sentence(_Strict):
    """One wording in which a reflecting model may write a rule."""

    text: str
    strength: float = Field(default=1.0, gt=0, le=1)


class Rewording(_Strict):
    """How an answer that is a text goes wrong."""

    before: str = ""
    after: str = ""
    keep: float = Field(default=1, ge=0, le=1, description="share of the words, from the start")
    replace: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        for old, new in self.replace.items():
            text = text.replace(old, new)
        words = text.split()
        if self.keep < 1:
            text = " ".join(words[: max(1, int(len(words) * self.keep))])
        return f"{self.before}{text}{self.after}"


class Failure(_Strict):
    """How an answer fails without the rule, and with which probability.

    `set` overwrites fields (null removes one); `reword` changes the answer of a landscape whose
    answers are texts; `prose` replaces the whole answer.
    """

    probability: float = Field(default=0.9, ge=0, le=1)
    set: Answer = {}
    reword: Rewording | None = None
    prose: str | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.set and self.reword is None and self.prose is None:
            raise ValueError("a failure needs `set`, `reword` or `prose`")
        return self

    def apply(self, answer: Answer, text_field: str | None) -> Answer:
        """Give the answer as it fails; `prose` aside."""
        failed = {**answer, **self.set}
        if self.reword is not None and text_field is not None:
            failed[text_field] = self.reword(str(failed[text_field]))
        return failed


class Rule(_Strict):
    """An instruction that some examples need.

    Examples need it by naming it in their metadata or by `needed_by`, a regular expression over
    the ticket. A sentence of the prompt that matches one of `contradicted_by` undoes the rule.
    """

    id: str
    stated_by: tuple[Statement, ...] = Field(min_length=1)
    sentences: tuple[Sentence, ...] = Field(min_length=1)
    critique: str
    failure: Failure
    needed_by: str | None = None
    contradictions: tuple[str, ...] = ()
    contradicted_by: tuple[str, ...] = ()


class Aid(_Strict):
    """Something in a prompt, such as a persona, that helps a little with difficult examples."""

    id: str
    stated_by: tuple[str, ...] = ()
    demonstrations: int | None = Field(default=None, ge=1)
    relief: float = Field(gt=0, le=1, description="share of an example's difficulty taken away")


class Reflection(_Strict):
    """How good the reflecting model is."""

    worse: float = Field(default=0.2, ge=0, le=1, description="chance of a worse instruction")
    weak: float = Field(default=0.3, ge=0, le=1, description="chance of a weak wording of a rule")
    second: float = Field(default=0.4, ge=0, le=1, description="chance of adding a second rule")


class Example(_Strict):
    """A known ticket with its right answer and the rules that it needs."""

    id: str
    ticket: str
    answer: Answer
    rules: frozenset[str]
    difficulty: float = Field(default=0.0, ge=0, le=1)


class LandscapeFile(_Strict):
    """The YAML document. Probabilities are in [0, 1], lengths in characters."""

    name: str
    examples: str = Field(description="JSONL of examples, relative to this file")
    ticket_input: str = "ticket"
    text_field: str | None = Field(
        default=None, description="answers are texts, known under this name; else JSON objects"
    )
    scored_fields: tuple[str, ...] = Field(min_length=1)
    noise: float = Field(default=0.05, ge=0, le=1, description="chance of a wrong field anyway")
    prompt_sensitivity: float = Field(
        default=0.3, ge=0, le=1, description="share of chance that is drawn anew for each prompt"
    )
    demonstration_strength: float = Field(
        default=0.3, ge=0, le=1, description="what one demonstration of a rule is worth"
    )
    overlong_characters: int = Field(default=6000, ge=1)
    overlong_penalty: float = Field(default=0.1, ge=0, le=1, description="at twice that length")
    opening: str = Field(description="the instruction written when none is found to improve")
    persona: str
    fillers: tuple[str, ...] = Field(min_length=1, description="sentences that change nothing")
    rules: tuple[Rule, ...] = ()
    aids: tuple[Aid, ...] = ()
    reflection: Reflection = Reflection()


class Landscape(BaseModel):
    """A landscape with its examples."""

    model_config = ConfigDict(frozen=True)

    file: LandscapeFile
    examples: tuple[Example, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.file.rules

    def vocabulary(self) -> dict[str, tuple[Any, ...]]:
        """Return the values that each scored field takes over the examples, in order of sight."""
        return {
            field: tuple(dict.fromkeys(example.answer[field] for example in self.examples))
            for field in self.file.scored_fields
        }


def load_landscape(path: Path) -> Landscape:
    """Read and check a landscape and its examples. Raises `LandscapeError`."""
    try:
        file = LandscapeFile.model_validate(yaml.safe_load(path.read_text("utf-8")))
        data = path.parent / file.examples
        lines = data.read_text("utf-8").splitlines()
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise LandscapeError(f"{path}: {error}") from error
    examples = tuple(
        _example(file, line, f"{data}:{number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )
    for rule in file.rules:
        _check_rule(rule, examples, file, path)
    return Landscape(file=file, examples=examples)


def _example(file: LandscapeFile, line: str, place: str) -> Example:
    try:
        row = json.loads(line)
        metadata = row.get("metadata", {})
        ticket = row["inputs"][file.ticket_input]
        expected = row["expected"]
        by_pattern = {
            rule.id
            for rule in file.rules
            if rule.needed_by and re.search(rule.needed_by, ticket, re.IGNORECASE)
        }
        example = Example(
            id=row["id"],
            ticket=ticket,
            answer=expected if file.text_field is None else {file.text_field: expected},
            rules=frozenset(by_pattern | set(metadata.get("rules", ()))),
            difficulty=metadata.get("difficulty", 0.0),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LandscapeError(f"{place}: not an example: {error!r}") from error
    unknown = example.rules - {rule.id for rule in file.rules}
    missing = set(file.scored_fields) - set(example.answer)
    if unknown or missing:
        raise LandscapeError(f"{place}: unknown rules {unknown}, missing fields {missing}")
    return example


def _check_rule(rule: Rule, examples: tuple[Example, ...], file: LandscapeFile, path: Path) -> None:
    """Refuse a rule whose absence would leave an example that needs it right."""
    if rule.failure.prose is not None:
        return
    for example in examples:
        failed = rule.failure.apply(example.answer, file.text_field)
        harmless = all(failed[field] == example.answer[field] for field in file.scored_fields)
        if rule.id in example.rules and harmless:
            raise LandscapeError(f"{path}: {rule.id} changes no scored field of {example.id}")
