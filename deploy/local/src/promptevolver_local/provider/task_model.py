"""The task model: follows what its prompt states, fails where a needed rule is missing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from promptevolver_local.provider.chat import ChatRequest, Message
from promptevolver_local.provider.draw import Draw
from promptevolver_local.provider.formats import asked_markers, from_schema, render_markers
from promptevolver_local.provider.landscape import Answer, Example, Landscape, LandscapeFile, Rule
from promptevolver_local.provider.recognition import Recognizer, Statements
from promptevolver_local.provider.tickets import Found, Known, TicketIndex


@dataclass(frozen=True, slots=True)
class Situation:
    """What the prompt offers for the ticket that it asks about."""

    known: Known
    statements: Statements
    demonstrations: tuple[Example, ...]
    characters: int


class TaskModel:
    """Answers are a function of the seed and the request."""

    def __init__(self, landscapes: Sequence[Landscape], index: TicketIndex, seed: int) -> None:
        self._landscapes = landscapes
        self._recognizers = [Recognizer(landscape) for landscape in landscapes]
        self._vocabularies = [landscape.vocabulary() for landscape in landscapes]
        self._seed = seed
        self._find = lru_cache(maxsize=8192)(index.find)

    def answer(self, request: ChatRequest, choice: int = 0) -> str:
        fresh = Draw(self._seed, request.digest, choice)
        situation = self._situation(request.messages)
        if situation is None:
            return _unknown_task(request)
        fields = self._attempt(situation, request, fresh)
        if isinstance(fields, str):
            return fields
        text_field = self._landscapes[situation.known.landscape].file.text_field
        if markers := asked_markers(request.text):
            text = fields.get(text_field or "", "")
            return render_markers({name: _plain(fields.get(name, text)) for name in markers})
        if text_field is not None:
            return str(fields[text_field])
        return json.dumps(fields, ensure_ascii=False)

    def _situation(self, messages: Sequence[Message]) -> Situation | None:
        found = [self._find(message.text) for message in messages]
        spoken = [i for i, message in enumerate(messages) if found[i] and message.role == "user"]
        at = max(spoken or [i for i in range(len(messages)) if found[i]], default=None)
        if at is None:
            return None
        target = found[at][-1]
        others = {
            hit.known.example.id: hit.known.example
            for hits in found
            for hit in hits
            if hit.known != target.known
        }
        recognizer = self._recognizers[target.known.landscape]
        return Situation(
            known=target.known,
            statements=Statements.union(
                recognizer.read(cut(message.text, hits))
                for message, hits in zip(messages, found, strict=True)
                if message.role != "assistant"
            ),
            demonstrations=tuple(others.values()),
            characters=sum(len(message.text) for message in messages),
        )

    def _attempt(self, situation: Situation, request: ChatRequest, fresh: Draw) -> Answer | str:
        """Return the fields of the answer, or prose where it fails so and JSON is not enforced."""
        landscape = self._landscapes[situation.known.landscape]
        example = situation.known.example
        steady = Draw(self._seed, request.model, example.id)

        def uniform(label: str) -> float:
            anew = fresh.chance(f"anew:{label}", landscape.file.prompt_sensitivity)
            return (fresh if anew else steady).uniform(label)

        fields = dict(example.answer)
        for rule in landscape.rules:
            enforced = rule.failure.prose is not None and request.wants_json
            if rule.id not in example.rules or enforced:
                continue
            help_given = _help(rule, situation, landscape.file)
            if uniform(rule.id) >= rule.failure.probability * (1 - help_given):
                continue
            if rule.failure.prose is not None:
                return rule.failure.prose
            fields = rule.failure.apply(fields, landscape.file.text_field)
        if uniform("slip") < _slip_probability(situation, landscape.file):
            vocabulary = self._vocabularies[situation.known.landscape]
            self._slip(fields, vocabulary, steady)
        return {name: value for name, value in fields.items() if value is not None}

    def _slip(self, fields: Answer, vocabulary: dict[str, tuple[Any, ...]], draw: Draw) -> None:
        name = draw.choice("slip field", sorted(vocabulary))
        wrong = [value for value in vocabulary[name] if value != fields.get(name)]
        if wrong:
            fields[name] = draw.choice("slip value", wrong)


def cut(text: str, hits: Sequence[Found]) -> str:
    """Return the text without the tickets found in it."""
    for hit in reversed(hits):
        text = text[: hit.start] + text[hit.end :]
    return text


def _help(rule: Rule, situation: Situation, file: LandscapeFile) -> float:
    """Return in [0, 1] how far the prompt prevents the failure of a rule."""
    if rule.id in situation.statements.contradicted:
        return 0.0
    shown = sum(rule.id in example.rules for example in situation.demonstrations)
    by_example = 1 - (1 - file.demonstration_strength) ** shown
    return max(situation.statements.strength(rule.id), by_example)


def _slip_probability(situation: Situation, file: LandscapeFile) -> float:
    difficulty = situation.known.example.difficulty
    for aid in file.aids:
        shown = aid.demonstrations and len(situation.demonstrations) >= aid.demonstrations
        if shown or aid.id in situation.statements.aids:
            difficulty *= 1 - aid.relief
    excess = situation.characters / file.overlong_characters - 1
    return file.noise + difficulty + file.overlong_penalty * min(max(excess, 0.0), 1.0)


def _unknown_task(request: ChatRequest) -> str:
    """Echo the last message in short, so that stages without a landscape still give an output."""
    words = request.messages[-1].text.split()
    summary = "Summary: " + " ".join(words[:40])
    if request.schema is not None:
        return json.dumps(from_schema(request.schema, [summary]))
    if request.wants_json:
        return json.dumps({"summary": summary})
    return summary


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
