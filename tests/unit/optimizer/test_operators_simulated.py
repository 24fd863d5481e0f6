"""The simulated reflecting model understands every operator's question on the support tickets."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import yaml
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import ChatMessage, Parameters, Program
from promptevolver_local.provider.models import Model, build_models
from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.critique_refine import critique_refine
from promptevolver_optimizer.operators.crossover import crossover
from promptevolver_optimizer.operators.drafts import Assignment, Unusable
from promptevolver_optimizer.operators.gradient import Gradient, descend, gradient
from promptevolver_optimizer.operators.mutate_styles import mutate_styles
from promptevolver_optimizer.operators.paraphrase import paraphrase
from promptevolver_optimizer.operators.persona import persona
from promptevolver_optimizer.operators.reasoning import explain
from promptevolver_optimizer.operators.reflect import reflect
from promptevolver_optimizer.search import Brief, Draft
from support.scripted_slot import ScriptedSlot, entry, outcome
from support.triage import TRIAGE, asked, triage

PROGRAM = Program.model_validate(yaml.safe_load((TRIAGE / "program.yaml").read_text("utf-8")))
ROWS = (TRIAGE / "data.jsonl").read_text("utf-8").splitlines()
EXAMPLES = tuple(Example.model_validate(json.loads(row)) for row in ROWS)
TRAIN = tuple(example for example in EXAMPLES if example.split == "train")
FAILING = Sheet(PROGRAM, tuple(outcome(each, 0.3, feedback="wrong") for each in TRAIN[:6]))
WRITTEN = PROGRAM.texts["instruction"]
NONE = Assignment(Brief("Sort support tickets by the house policy."))


class SimulatedSlot(ScriptedSlot):
    """Has the simulated model answer."""

    def __init__(self, model: Model) -> None:
        super().__init__(train=TRAIN)
        self.model = model

    async def ask(self, operator: str, messages: Any, parameters: Parameters | None = None) -> str:
        text = "\n".join(m.content for m in messages if isinstance(m, ChatMessage))
        self.questions.append(text)
        return self.model(asked("openai/simulated-reflection", text), 0)


@pytest.fixture(scope="module", params=range(3))
def slot(request: pytest.FixtureRequest) -> SimulatedSlot:
    models = build_models([triage()], request.param)
    return SimulatedSlot(models["simulated-reflection"])


type Write = Callable[[SimulatedSlot], Awaitable[Draft | tuple[Draft, ...] | Unusable]]
ALONG = Gradient("It lets an angry tone drive the answer, though tone must not.", FAILING.failures)
OTHER = PROGRAM.with_texts(
    {"instruction": WRITTEN + "\nIgnore the tone and set the priority by the facts alone."}
)
WRITERS: dict[str, Write] = {
    "mutate_styles": lambda slot: mutate_styles(slot, FAILING, "instruction", 3, NONE),
    "critique_refine": lambda slot: critique_refine(slot, FAILING, "instruction", NONE),
    "reflect": lambda slot: reflect(slot, FAILING, "instruction", NONE),
    "edit": lambda slot: descend(slot, PROGRAM, "instruction", ALONG, 2, NONE),
    "paraphrase": lambda slot: paraphrase(slot, PROGRAM, "instruction", 2, NONE),
    "crossover": lambda slot: crossover(
        slot, entry(PROGRAM, 0.5), entry(OTHER, 0.4), "instruction", NONE
    ),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
async def test_it_rewrites_the_instruction_that_it_is_shown(
    slot: SimulatedSlot, write: Write
) -> None:
    made = await write(slot)
    assert not isinstance(made, Unusable) or made.reason == "the answer equals the parent"
    for draft in made if isinstance(made, tuple) else [made]:
        if isinstance(draft, Draft):
            text = draft.program.texts["instruction"]
            assert "helpful support assistant at Fernhill" in text
            assert "<" not in text


async def test_a_gradient_is_prose(slot: SimulatedSlot) -> None:
    reasons = await gradient(slot, PROGRAM, "instruction", FAILING.failures, NONE)
    assert isinstance(reasons, Gradient)
    assert "Fernhill" not in reasons.reasons


async def test_it_describes_an_expert(slot: SimulatedSlot) -> None:
    draft = await persona(slot, PROGRAM, "instruction", NONE)
    assert isinstance(draft, Draft)
    assert "years of experience" in draft.program.texts["instruction"]


async def test_it_reasons_about_an_example(slot: SimulatedSlot) -> None:
    draft = await explain(slot, PROGRAM, "instruction", TRAIN[:2], NONE)
    assert isinstance(draft, Draft)
    assert draft.program.texts["instruction"].count("Reasoning:") == 2
