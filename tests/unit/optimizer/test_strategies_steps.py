"""What is particular to single strategies, seen through whole runs on the toy task."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from promptevolver_contracts.programs import Component, Program
from promptevolver_contracts.spending import Budget
from promptevolver_optimizer.ledger import Ledger
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.pipeline import Pipeline
from promptevolver_optimizer.search import Trial
from promptevolver_optimizer.slot import Splits
from promptevolver_optimizer.strategies import registry
from support.scripted_effects import ScriptedEffects, toy_examples, toy_program
from support.scripted_slot import program


@dataclass
class Recorded(ScriptedEffects):
    """Also keeps each step's trial and which operators asked."""

    trials: list[Trial] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    asked_with: list[Any] = field(default_factory=list)

    async def ask(self, effect: str, operator: str, messages: Any, parameters: Any) -> Any:
        self.operators.append(operator)
        self.asked_with.append(parameters)
        return await super().ask(effect, operator, messages, parameters)

    async def committed(self, step: int, trial: Trial, spend: Any, total: Any) -> Budget:
        self.trials.append(trial)
        return await super().committed(step, trial, spend, total)


async def run(
    name: str, of: Program, effects: Recorded, *, train: int = 30, **params: Any
) -> Pipeline:
    kind = registry()[name]
    pipeline = Pipeline(
        original=of,
        splits=Splits(toy_examples("train", train), toy_examples("validation", 16)),
        effects=effects,
        ledger=Ledger(effects.budget),
        seed=1,
        width=3,
    )
    await pipeline.baseline()
    await kind.run(pipeline, kind.params.model_validate(params))
    return pipeline


def effects() -> Recorded:
    return Recorded(Budget(calls=4000))


async def test_promptwizard_asks_as_often_as_its_parameters_say() -> None:
    recorded = effects()
    await run(
        "promptwizard",
        toy_program(),
        recorded,
        mutate_refine_iterations=2,
        mutation_rounds=4,
        few_shot_count=3,
        temperature=0.1,
        max_tokens=99,
    )
    asked = {name: recorded.operators.count(name) for name in set(recorded.operators)}
    assert asked == {"mutate_styles": 8, "critique": 2, "refine": 2, "reasoning": 3, "persona": 1}
    assert {(each.temperature, each.max_tokens) for each in recorded.asked_with} == {(0.1, 99)}


async def test_promptwizard_leaves_out_what_is_switched_off() -> None:
    recorded = effects()
    await run(
        "promptwizard",
        toy_program(),
        recorded,
        few_shot_count=0,
        generate_expert_identity=False,
    )
    assert set(recorded.operators) == {"mutate_styles", "critique", "refine"}
    without_reasoning = effects()
    await run("promptwizard", toy_program(), without_reasoning, generate_reasoning=False)
    assert "reasoning" not in without_reasoning.operators


async def test_promptwizard_looks_at_its_seen_set_only() -> None:
    recorded = effects()
    await run("promptwizard", toy_program(), recorded, seen_set_size=8)
    seen = {
        example_id
        for trial in recorded.trials
        for scores in trial.memory["scores"].values()
        for example_id in scores
    }
    assert 0 < len(seen) <= 8


async def test_promptwizard_ships_what_it_scored() -> None:
    """Decorations that gain nothing in the toy are tried, raced and left out."""
    recorded = effects()
    pipeline = await run("promptwizard", toy_program(), recorded)
    tried = {trial.draft.operator for trial in recorded.trials if trial.draft}
    assert {"demonstrations", "reasoning", "persona"} <= tried
    best = pipeline.archive.best
    assert best.sheet.program == best.program
    sections = Sections.of(best.program.texts["instruction"])
    assert not sections.persona


async def test_promptwizard_chooses_demonstrations_for_a_program_without_texts_to_write() -> None:
    shots = Component(kind="demonstrations", text="none yet")
    recorded = effects()
    await run("promptwizard", program(shots=shots), recorded)
    assert {trial.draft.operator for trial in recorded.trials if trial.draft} <= {
        "demonstrations",
        "reasoning",
    }
    assert recorded.trials


async def test_backprop_has_nothing_to_do_without_a_text_to_write() -> None:
    recorded = effects()
    await run("backprop", program(shots=Component(kind="demonstrations", text="none")), recorded)
    assert not recorded.trials


async def test_backprop_screens_children_within_its_examples() -> None:
    recorded = effects()
    await run("backprop", toy_program(), recorded, steps=2, gradients=1, paraphrases=0)
    assert set(recorded.operators) == {"gradient", "edit"}
    with_paraphrases = effects()
    await run("backprop", toy_program(), with_paraphrases, steps=2)
    assert "paraphrase" in with_paraphrases.operators


async def test_gepa_goes_on_for_its_steps_at_most() -> None:
    recorded = effects()
    await run("gepa", toy_program(), recorded, steps=7, patience=100)
    assert len(recorded.trials) == 7


async def test_a_search_ends_when_its_best_candidate_stays_the_same() -> None:
    recorded = Recorded(Budget(calls=4000), voice="empty")
    await run("gepa", toy_program(), recorded, patience=5)
    # Steps that were in flight when it stalled still end.
    assert 5 <= len(recorded.trials) < 5 + 4


async def test_a_perfect_original_is_left_alone() -> None:
    words = "orchid granite lantern harbour velvet thistle"
    perfect = toy_program().with_texts({"instruction": words})
    for name in registry():
        recorded = effects()
        pipeline = await run(name, perfect, recorded)
        assert pipeline.archive.best.program == perfect
        assert not recorded.trials


@pytest.mark.parametrize("merge_every", [2, None])
async def test_gepa_merges_as_often_as_it_is_told(merge_every: int | None) -> None:
    recorded = effects()
    await run("gepa", toy_program(), recorded, merge_every=merge_every)
    joined = [trial.memory["joined"] for trial in recorded.trials if "joined" in trial.memory]
    assert bool(joined) == (merge_every is not None)
    assert "crossover" in recorded.operators or merge_every is None


async def test_gepa_merges_components_without_asking() -> None:
    recorded = effects()
    await run("gepa", toy_program(stages=2), recorded, merge_every=2)
    merged = [t.draft for t in recorded.trials if t.draft and t.draft.operator == "merge"]
    assert merged
    assert all(len(draft.parents) == 2 for draft in merged)


async def test_a_question_asks_for_as_many_variants_as_the_parameters_say() -> None:
    recorded = effects()
    await run("promptwizard", toy_program(), recorded, style_variation=5)
    counts = [re.search(r"Write (\d) variants", text) for text in recorded.questions]
    assert {found[1] for found in counts if found} == {"5"}


def test_the_registry_is_read_only_and_hides_what_strategies_share() -> None:
    kinds = registry()
    assert {"evaluate", "gepa", "promptwizard", "backprop"} <= kinds.keys()
    assert not any(name.startswith("_") for name in kinds)
    with pytest.raises(TypeError):
        kinds["mine"] = kinds["gepa"]  # type: ignore[index] # that is what is tested
