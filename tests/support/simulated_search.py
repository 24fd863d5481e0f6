"""A whole search in memory on the simulated models: for studies over many seeds.

Strategies, pipeline, ledger, metrics and exam are the product's own; only brokers and HTTP are
left out. All results are simulated.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from promptevolver_contracts.datasets import Example, Split, dataset_ref
from promptevolver_contracts.facts import Comparison, Mark, ScoreKind
from promptevolver_contracts.ids import RunId, ShardId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Outcome, Shard
from promptevolver_contracts.programs import ChatMessage, Parameters, Program
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.spending import Budget, Limit, Spend
from promptevolver_evaluator import metrics as evaluator_metrics
from promptevolver_evaluator.shards import run_shard
from promptevolver_llm import Answer, Call, LlmSettings, Prices
from promptevolver_local.provider.chat import parse_chat_request, tokens
from promptevolver_local.provider.landscape import load_landscape
from promptevolver_local.provider.models import build_models
from promptevolver_optimizer import costs
from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.exam import clusters_of, grade
from promptevolver_optimizer.ledger import Ledger, times
from promptevolver_optimizer.pipeline import Pipeline
from promptevolver_optimizer.search import Brief, Trial
from promptevolver_optimizer.slot import Moment, Splits
from promptevolver_optimizer.strategies import registry

MODELS = Models(
    task=ModelSpec(model="openai/simulated-task"),
    reflection=ModelSpec(model="openai/simulated-reflection"),
)


@dataclass(frozen=True)
class Task:
    """A program, its examples, its metrics and the landscape that the models live in."""

    program: Program
    examples: tuple[Example, ...]
    metrics: tuple[MetricSpec, ...]
    landscape: Path

    def split(self, name: Split) -> tuple[Example, ...]:
        return tuple(example for example in self.examples if example.split == name)


def load_task(folder: Path) -> Task:
    """Read a task's folder."""
    program = Program.model_validate(yaml.safe_load((folder / "program.yaml").read_text("utf-8")))
    lines = (folder / "data.jsonl").read_text("utf-8").splitlines()
    specs = yaml.safe_load((folder / "run.yaml").read_text("utf-8"))["metrics"]
    return Task(
        program=program,
        examples=tuple(Example.model_validate_json(line) for line in lines),
        metrics=tuple(MetricSpec.model_validate(spec) for spec in specs),
        landscape=folder / "landscape.yaml",
    )


class SimulatedLlm:
    """The simulated models, called in the process."""

    def __init__(self, landscape: Path, seed: int) -> None:
        self._models = build_models([load_landscape(landscape)], seed)
        self._prices = Prices(LlmSettings())

    async def answer(self, call: Call) -> Answer:
        await asyncio.sleep(0)
        messages = [message.model_dump() for message in call.messages]
        body: dict[str, Any] = {"model": call.model, "messages": messages}
        body |= call.parameters.model_dump(exclude_none=True, exclude={"stop"})
        request = parse_chat_request(body)
        text = self._models[call.model.rpartition("/")[2]](request, call.repeat)
        prompt = sum(tokens(message.content) for message in call.messages)
        price = self._prices.price(call.model)
        assert price is not None
        usd = prompt * price.prompt + tokens(text) * price.completion
        spend = Spend(calls=1, prompt_tokens=prompt, completion_tokens=tokens(text), usd=usd)
        return Answer(text, call.model, "stop", spend, 1.0, False, 1, True, spend)


class SimulatedEffects:
    """The pipeline's effects without a broker."""

    def __init__(self, task: Task, budget: Budget, seed: int) -> None:
        self._task = task
        self._budget = budget
        self._llm = SimulatedLlm(task.landscape, seed)
        self._kinds = evaluator_metrics.registry()
        self._price = Prices(LlmSettings()).worst_case
        self._dataset = dataset_ref("study", list(task.examples))
        self.accepted = 0
        self.rejected = 0
        child = costs.grown(task.program)
        bounds = [self.worst_score(child, [example]) for example in task.examples]
        self._typical = max(bounds, key=lambda bound: bound.tokens)

    async def ask(
        self,
        _effect: str,
        _operator: str,
        messages: Sequence[ChatMessage],
        parameters: Parameters | None,
    ) -> tuple[str, Spend]:
        call = Call(
            tuple(messages), MODELS.reflection.model, parameters or Parameters(max_tokens=2048)
        )
        answer = await self._llm.answer(call)
        return answer.text, answer.spend

    async def score(
        self, effect: str, program: Program, examples: Sequence[Example]
    ) -> tuple[Outcome, ...]:
        outcomes: list[Outcome] = []
        for start in range(0, len(examples), 64):
            part = examples[start : start + 64]
            shard = Shard(
                run_id=RunId("study"),
                shard_id=ShardId(effect.replace(".", "-")),
                project="study",
                program=program,
                dataset=self._dataset,
                split=part[0].split,
                example_ids=tuple(example.id for example in part),
                metrics=self._task.metrics,
                models=MODELS,
            )
            result = await run_shard(shard, part, llm=self._llm, kinds=self._kinds, worker="study")
            outcomes.extend(result.outcomes)
        return tuple(outcomes)

    def worst_ask(self, messages: Sequence[ChatMessage], parameters: Parameters | None) -> Spend:
        call = Call(
            tuple(messages), MODELS.reflection.model, parameters or Parameters(max_tokens=2048)
        )
        return self._price(call)

    def worst_score(self, program: Program, examples: Sequence[Example]) -> Spend:
        def price(
            model: str,
            messages: Sequence[ChatMessage],
            parameters: Parameters,
            schema: dict[str, Any] | None,
        ) -> Spend:
            return self._price(Call(tuple(messages), model, parameters, schema))

        return costs.worst_score(
            program,
            examples,
            models=MODELS,
            metrics=self._task.metrics,
            repeats=1,
            price=price,
        )

    def typical_ask(self) -> Spend:
        return self.worst_ask([ChatMessage(role="user", content="x" * costs.QUESTION_BYTES)], None)

    def typical_score(self) -> Spend:
        return self._typical

    async def proceed(self, step: int) -> bool:
        return True

    async def marks(self, moment: Moment, step: int | None = None) -> tuple[Mark, ...]:
        return ()

    async def scored(self, key: str, sheet: Sheet, kind: ScoreKind) -> None:
        """Nothing is recorded."""

    async def committed(self, _step: int, trial: Trial, _spend: Spend, _total: Spend) -> Budget:
        self.accepted += trial.sheet is not None
        self.rejected += trial.sheet is None
        return self._budget

    async def exhausted(self, _step: int, _limit: Limit) -> Budget | None:
        return None


@dataclass(frozen=True)
class Finished:
    """How a search ended."""

    verdict: str
    validation: float
    comparison: Comparison | None
    spend: Spend
    accepted: int
    rejected: int
    at: datetime


async def search(
    task: Task,
    strategy: str,
    *,
    seed: int,
    budget: Budget,
    width: int = 4,
    parameters: dict[str, Any] | None = None,
) -> Finished:
    """Run a strategy to the end and sit the exam, as the engine does."""
    kind = registry()[strategy]
    effects = SimulatedEffects(task, budget, seed)
    test = task.split("test")
    ledger = Ledger(budget)
    assert ledger.grant("exam", Spend(calls=2 * len(test))) is None
    pipeline = Pipeline(
        original=task.program,
        splits=Splits(task.split("train"), task.split("validation")),
        effects=effects,
        ledger=ledger,
        seed=seed,
        width=width,
        brief=Brief(task.program.name),
    )
    await pipeline.baseline()
    ledger.settle("exam", Spend())
    assert ledger.grant("exam", times(pipeline.expected(), 2 * len(test))) is None
    await kind.run(pipeline, kind.params.model_validate(parameters or {}))
    best = pipeline.archive.best
    comparison = None
    if best.id != task.program.candidate_id:
        sheets = [
            Sheet(program, await effects.score("exam", program, test))
            for program in (task.program, best.program)
        ]
        comparison = grade(
            sheets[0],
            sheets[1],
            expected=len(test),
            clusters=clusters_of(test),
            margin=0.01,
            seed=seed,
        )
    return Finished(
        verdict=comparison.verdict if comparison else "equivalent",
        validation=best.sheet.mean,
        comparison=comparison,
        spend=ledger.committed,
        accepted=effects.accepted,
        rejected=effects.rejected,
        at=datetime.now(UTC),
    )
