"""A run's effects in memory: a toy task whose answers follow from the candidate's text alone.

Each example needs one word in the program's texts; the feedback on a wrong output names it, and the
toy's reflecting model writes words that its question names into the text that it is shown. All is a
function of what is asked, so the order in which answers arrive is the only thing left to chance.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

from promptevolver_contracts.datasets import Example, Split
from promptevolver_contracts.facts import Mark, ScoreKind
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import (
    ChatMessage,
    Component,
    Parameters,
    Program,
    Stage,
)
from promptevolver_contracts.spending import Budget, Limit, Spend
from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.ledger import times
from promptevolver_optimizer.search import Trial
from promptevolver_optimizer.slot import Moment

WORDS = ("orchid", "granite", "lantern", "harbour", "velvet", "thistle")

type Mood = Literal["honest", "tied", "faulty"]
type Voice = Literal["useful", "empty", "unreadable", "overlong"]
type Answer = tuple[str, Spend] | tuple[Outcome, ...]


def toy_examples(split: Split, count: int) -> tuple[Example, ...]:
    return tuple(
        Example(
            id=f"{split}-{number}",
            inputs={"question": f"This is question {number} of the {split} questions, what now?"},
            expected=f"answer {number}",
            split=split,
        )
        for number in range(count)
    )


def toy_program(*, stages: int = 1) -> Program:
    """Give a program of one component, or one with all kinds of them and several stages."""
    if stages == 1:
        components = {"instruction": Component(text="Answer the question well.")}
        holders = ["{{ component.instruction }}"]
    else:
        components = {
            "plan": Component(text="Say in short what the question is about."),
            "reply": Component(text="Answer the question by the plan."),
            "who": Component(kind="persona", text="You are a clerk."),
            "shots": Component(kind="demonstrations", text="(none so far)"),
            "fixed": Component(text="Stay polite.", evolve=False),
        }
        holders = [
            "{{ component.plan }}",
            "{{ component.who }} {{ component.reply }} {{ component.shots }} {{ component.fixed }}",
        ]
    return Program(
        name="toy",
        components=components,
        stages=tuple(
            Stage(
                name=f"s{number}",
                messages=(
                    ChatMessage(role="system", content=text),
                    ChatMessage(role="user", content="{{ input.question }}"),
                ),
            )
            for number, text in enumerate(holders)
        ),
    )


@dataclass
class ScriptedEffects:
    """Answers every effect by the toy's rules, or from `known`, and writes down what happens."""

    budget: Budget
    delays: int = 0
    """Seed of the delays, which shuffle the order of arrival."""
    mood: Mood = "honest"
    voice: Voice = "useful"
    known: Mapping[str, Answer] = field(default_factory=dict)
    decisions: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    """What people decide about candidates, by the place where it takes effect: `commit3`."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By effect, in the order of arrival."""
    computed: list[str] = field(default_factory=list)
    facts: list[object] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    paid: Spend = field(default_factory=Spend)
    flying: int = 0

    async def ask(
        self,
        effect: str,
        operator: str,
        messages: Sequence[ChatMessage],
        parameters: Parameters | None,
    ) -> tuple[str, Spend]:
        text = "\n".join(message.content for message in messages)
        self.questions.append(text)
        spend = Spend(calls=1, prompt_tokens=len(text), completion_tokens=50, usd=0.01)
        match await self._arrive(effect, (self._reply(text), spend)):
            case (str(answer), Spend() as cost):
                return answer, cost
            case other:
                raise AssertionError(f"{effect} was a question, its answer is {other}")

    async def score(
        self, effect: str, program: Program, examples: Sequence[Example]
    ) -> tuple[Outcome, ...]:
        outcomes = tuple(self._outcome(program, example) for example in examples)
        answer = await self._arrive(effect, outcomes)
        return tuple(outcome for outcome in answer if isinstance(outcome, Outcome))

    def worst_ask(self, messages: Sequence[ChatMessage], parameters: Parameters | None) -> Spend:
        tokens = sum(len(message.content) + 1 for message in messages)
        return Spend(calls=1, prompt_tokens=tokens, completion_tokens=100, usd=0.01)

    def worst_score(self, program: Program, examples: Sequence[Example]) -> Spend:
        return times(self._price(program), len(examples))

    def typical_ask(self) -> Spend:
        return Spend(calls=1, prompt_tokens=6000, completion_tokens=100, usd=0.01)

    def typical_score(self) -> Spend:
        return Spend(calls=2, prompt_tokens=600, usd=0.002)

    async def proceed(self, step: int) -> bool:
        return True

    async def marks(self, moment: Moment, step: int | None = None) -> tuple[Mark, ...]:
        return self.decisions.get(moment if step is None else f"{moment}{step}", ())

    async def scored(self, key: str, sheet: Sheet, kind: ScoreKind) -> None:
        assert sheet.outcomes

    async def committed(self, step: int, trial: Trial, spend: Spend, total: Spend) -> Budget:
        child = trial.draft.program.candidate_id if trial.draft else None
        scores = trial.sheet.scores if trial.sheet else None
        self.facts.append((step, child, trial.evidence, scores, trial.memory, spend, total))
        return self.budget

    async def exhausted(self, step: int, limit: Limit) -> Budget | None:
        self.facts.append((step, limit))
        return None

    async def _arrive(self, effect: str, answer: Answer) -> Answer:
        if effect not in self.known:
            self.computed.append(effect)
        self.flying += 1
        try:
            for _ in range(_hash(self.delays, effect) % 9):
                await asyncio.sleep(0)
        finally:
            self.flying -= 1
        given = self.known.get(effect, answer)
        self.answers[effect] = given
        self.paid += _spend(given)
        return given

    def _outcome(self, program: Program, example: Example) -> Outcome:
        spend = self._price(program)
        if self.mood == "faulty":
            fault = Fault(kind="refused", message="no")
            return Outcome(
                example_id=example.id,
                outcome_class="candidate_fault",
                output="",
                score=0,
                fault=fault,
                spend=spend,
            )
        word = WORDS[_hash(example.id) % len(WORDS)]
        luck = _hash(program.candidate_id, example.id) % 20 == 0
        right = luck or any(word in text for text in program.texts.values())
        return Outcome(
            example_id=example.id,
            outcome_class="scored",
            output="right" if right else "wrong",
            score=0.5 if self.mood == "tied" else float(right),
            feedback="" if right else f"it should speak of '{word}'",
            spend=spend,
        )

    def _price(self, program: Program) -> Spend:
        calls = len(program.stages)
        tokens = sum(len(text) for text in program.texts.values()) // 4
        return Spend(calls=calls, prompt_tokens=tokens, usd=0.001 * calls)

    def _reply(self, text: str) -> str:
        if self.voice == "empty":
            return ""
        if self.voice == "unreadable":
            return "I would rather talk about the weather."
        tagged = "<START>" in text
        asked = re.search(r"Write (\d+) variant", text)
        texts = [self._written(text, n) for n in range(int(asked[1]) if asked else 1)]
        if tagged:
            return "\n".join(f"<START>{each}<END>" for each in texts)
        return f"Here it is, speaking of {_named(text)}.\n```\n{texts[0]}\n```\n"

    def _written(self, text: str, number: int) -> str:
        shown = re.search(r"<(instruction|parent)[^>]*>\n(.*?)\n</\1>", text, re.DOTALL)
        old = shown[2] if shown else "Think."
        if self.voice == "overlong":
            return old + " and so on" * 2000
        wanted = [word for word in WORDS if f"'{word}'" in text and word not in old]
        if not wanted or _hash(text, number) % 4 == 0:
            return f"{old} Take care {_hash(text, number) % 1000} times."
        return f"{old} Speak of {wanted[_hash(number, text) % len(wanted)]}."


def _named(text: str) -> str:
    return ", ".join(f"'{word}'" for word in WORDS if f"'{word}'" in text)


def _spend(answer: Answer) -> Spend:
    parts = (each.spend if isinstance(each, Outcome) else each for each in answer)
    return sum((part for part in parts if isinstance(part, Spend)), Spend())


def _hash(*parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=6).digest(), "big")
