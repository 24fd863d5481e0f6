"""The paid effects of a run, each one done once, and the facts that they leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promptevolver_contracts import facts as f
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.ids import EffectId
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import ChatMessage, Parameters, Program
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.spending import Budget, Limit, Spend
from promptevolver_llm import Call, LlmClient
from promptevolver_runtime.datasets import Datasets

from promptevolver_optimizer import costs
from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.caps import Caps
from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.dispatch import Dispatcher
from promptevolver_optimizer.pauses import Pauses
from promptevolver_optimizer.record import step_of
from promptevolver_optimizer.reflection import Reflection
from promptevolver_optimizer.search import Trial
from promptevolver_optimizer.slot import Moment, Splits
from promptevolver_optimizer.steering import Steering

type WorstCase = Callable[[Call], Spend]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every run of a process works with."""

    llm: LlmClient
    worst_case: WorstCase
    datasets: Datasets
    window: Callable[[RunRequest], int]
    takeovers: int = 20
    """Owners in a row that get nothing done before a run is given up."""


class RunEffects:
    """Implements the pipeline's `Effects` on the run's stream."""

    def __init__(
        self, chronicle: Chronicle, dispatcher: Dispatcher, pauses: Pauses, tools: Tools
    ) -> None:
        self._chronicle = chronicle
        self._request = chronicle.request
        self._dispatcher = dispatcher
        self._reflection = Reflection(chronicle, pauses, tools.llm)
        self._tools = tools
        self._caps = Caps(chronicle, pauses)
        self._steering = Steering(chronicle)
        self._typical = Spend()

    def wake(self) -> None:
        """Hear that a person told the run something."""
        self._caps.wake()

    async def ask(
        self,
        effect: str,
        operator: str,
        messages: Sequence[ChatMessage],
        parameters: Parameters | None,
    ) -> tuple[str, Spend]:
        """Have the reflecting model answer."""
        return await self._reflection.ask(effect, operator, messages, parameters)

    async def score(
        self, effect: str, program: Program, examples: Sequence[Example]
    ) -> tuple[Outcome, ...]:
        """Run a candidate on examples."""
        await self._chronicle.propose(program, step=step_of(effect))
        return await self._dispatcher.score(EffectId(effect), program, examples)

    def unpriced(self) -> list[str]:
        """Name the run's models whose price is unknown, so that no cap in USD could hold."""
        models = self._request.models
        stages = [stage.model for stage in self._request.program.stages]
        named = [models.task.model, models.reflection.model, *stages]
        named += [models.judge.model] if models.judge else []
        named += [each for spec in (models.task, models.reflection) for each in spec.fallbacks]
        calls = {name: Call((), name) for name in named if name is not None}
        return [name for name, call in calls.items() if self._tools.worst_case(call).unpriced_calls]

    def calibrate(self, splits: Splits) -> None:
        """Bound what a child costs on the most expensive example."""
        child = costs.grown(self._request.program)
        examples = (*splits.train, *splits.validation)
        bounds = [self.worst_score(child, [example]) for example in examples]
        self._typical = Spend(
            calls=max(bound.calls for bound in bounds),
            prompt_tokens=max(bound.prompt_tokens for bound in bounds),
            completion_tokens=max(bound.completion_tokens for bound in bounds),
            usd=max(bound.usd for bound in bounds),
        )

    def worst_ask(self, messages: Sequence[ChatMessage], parameters: Parameters | None) -> Spend:
        """Give the most that such an answer can cost."""
        return self._tools.worst_case(self._reflection.call("bound", messages, parameters))

    def worst_score(self, program: Program, examples: Sequence[Example]) -> Spend:
        """Give the most that running the program on these examples can cost."""

        def price(
            model: str,
            messages: Sequence[ChatMessage],
            parameters: Parameters,
            schema: dict[str, object] | None,
        ) -> Spend:
            fallbacks = self._request.models.task.fallbacks
            call = Call(tuple(messages), model, parameters, schema, fallbacks=fallbacks)
            return self._tools.worst_case(call)

        return costs.worst_score(
            program,
            examples,
            models=self._request.models,
            metrics=self._request.metrics,
            repeats=self._request.repeats,
            price=price,
        )

    def typical_ask(self) -> Spend:
        """Bound a question that shows a few examples and the current text."""
        longest = max(map(len, self._request.program.texts.values()))
        notes = costs.NOTES_BYTES if self._request.feedback else 0
        text = "x" * (costs.QUESTION_BYTES + longest + notes)
        return self.worst_ask([ChatMessage(role="user", content=text)], None)

    def typical_score(self) -> Spend:
        """Bound a child on one example."""
        return self._typical

    async def proceed(self, step: int) -> bool:
        """Wait while the run is paused; False once its wall time is over."""
        return await self._caps.proceed(step)

    async def marks(self, moment: Moment, step: int | None = None) -> Sequence[f.Mark]:
        """Record and give what people decided about candidates by this moment."""
        return await self._steering.marks(moment, step)

    async def scored(self, key: str, sheet: Sheet, kind: f.ScoreKind) -> None:
        """Record a candidate's mean."""
        candidate, scores = sheet.program.candidate_id, sheet.scores
        names = sorted({name for outcome in sheet.outcomes for name in outcome.scores})
        fact = f.CandidateScored(
            **self._chronicle.head(f"{key}.{kind}.{candidate}.{len(scores)}", step_of(key)),
            candidate_id=candidate,
            kind=kind,
            split=self._split(kind),
            examples=len(scores),
            mean=min(sheet.mean, 1.0),
            faults=sum(outcome.fault is not None for outcome in sheet.outcomes),
            means={
                name: sum(o.scores.get(name, 0) for o in sheet.outcomes) / len(sheet.outcomes)
                for name in names
            },
        )
        await self._chronicle.emit(fact)

    async def committed(self, step: int, trial: Trial, spend: Spend, total: Spend) -> Budget:
        """Record a step's end and apply top-ups that came meanwhile."""
        head = self._chronicle.head
        facts: list[f.Fact] = []
        if trial.draft is not None:
            draft = trial.draft
            child = draft.program.candidate_id
            mutation = Mutation(
                operator=draft.operator,
                parents=draft.parents,
                child=child,
                components=draft.components,
                rationale=draft.rationale[:8000],
                example_ids=draft.example_ids,
                feedback_ids=draft.feedback_ids,
            )
            facts.append(f.MutationMade(**head(f"m{step}.made", step), mutation=mutation))
        evidence = trial.evidence
        if trial.sheet is not None and trial.draft is not None:
            child = trial.draft.program.candidate_id
            accepted = f.CandidateAccepted(
                **head(f"m{step}.accepted", step), candidate_id=child, evidence=evidence
            )
            facts.append(accepted)
        else:
            rejected = f.CandidateRejected(
                **head(f"m{step}.rejected", step),
                candidate_id=trial.draft.program.candidate_id if trial.draft else None,
                evidence=evidence,
            )
            facts.append(rejected)
        settled = f.BudgetSettled(**head(f"m{step}.settled", step), spend=spend, total=total)
        fresh = settled.id not in self._chronicle.record.facts
        await self._chronicle.emit(*facts, settled)
        return await self._caps.top_up(f"c{step}", fresh=fresh)

    async def exhausted(self, step: int, limit: Limit) -> Budget | None:
        """Record that a cap leaves no room; wait for a top-up if the run was asked to."""
        return await self._caps.exhausted(step, limit)

    def _split(self, kind: f.ScoreKind) -> str:
        if self._request.kind == "evaluation":
            return self._request.split
        return {"full": "validation", "exam": "test"}.get(kind, "train")
