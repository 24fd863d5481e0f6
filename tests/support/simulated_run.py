"""A run's messages with what the simulated models really answer, and with the exam's real verdict.

There is no search: the test says which prompts are tried. All results are simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from promptevolver_contracts import facts
from promptevolver_contracts.datasets import Example, Split
from promptevolver_contracts.facts import FactBase
from promptevolver_contracts.ids import CandidateId, EffectId, ShardId
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.outcomes import Outcome, Shard
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.subjects import EPOCHS, LOG, RESULTS
from promptevolver_evaluator import metrics
from promptevolver_evaluator.shards import run_shard
from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.exam import clusters_of, grade

from support.simulated_search import SimulatedLlm
from support.told_runs import Told, say
from support.triage import TRIAGE

LATENCY_MS = 640.0
"""Within the process an answer takes no time; a provider's would."""
ASKED = Spend(calls=1, prompt_tokens=1480, completion_tokens=210, usd=0.000348)


@dataclass(frozen=True, slots=True)
class Idea:
    """What an operator adds to the instruction, and why."""

    rationale: str
    sentences: str


class SimulatedRun:
    """Tells a run on support tickets, message by message, a second for each."""

    def __init__(self, request: RunRequest, examples: Sequence[Example]) -> None:
        self.request = request
        self._examples = examples
        self._llm = SimulatedLlm(TRIAGE / "landscape.yaml", request.seed)
        self._kinds = metrics.registry()
        self._sheets: dict[tuple[CandidateId, Split], Sheet] = {}
        self._spend = Spend()
        self._messages = 0

    @property
    def original(self) -> Program:
        return self.request.program

    def child(self, idea: Idea) -> Program:
        text = f"{self.original.texts['instruction'].rstrip()}\n{idea.sentences}\n"
        return self.original.with_texts({"instruction": text})

    async def beginning(self) -> list[Told]:
        """An owner, a start, and the original's score."""
        run_id, at = self.request.run_id, self._now()
        epoch = facts.Epoch(run_id=run_id, n=1, owner="optimizer-1", at=at)
        started = self._fact(
            facts.RunStarted,
            "started",
            original=self.original.candidate_id,
            texts=self.original.texts,
            strategy=self.request.strategy.name,
            seed=self.request.seed,
        )
        scored = await self._scored(self.original, "original", "validation")
        return [say(EPOCHS, epoch, f"{run_id}:epoch:1"), started, *scored]

    async def step(self, n: int, idea: Idea, *, accepted: bool) -> list[Told]:
        """One child, from the question to the decision."""
        child = self.child(idea)
        told = self._proposed(n, idea, child)
        told += await self._scored(child, f"m{n}", "validation", n)
        sheet = self._sheets[child.candidate_id, "validation"]
        evidence = self._evidence(sheet, "better on validation" if accepted else "not better")
        mutation = Mutation(
            operator="reflect",
            parents=(self.original.candidate_id,),
            child=child.candidate_id,
            components=("instruction",),
            rationale=idea.rationale,
            example_ids=tuple(each.id for each in self._of("train")[:3]),
        )
        decision = facts.CandidateAccepted if accepted else facts.CandidateRejected
        named = f"m{n}.{'accepted' if accepted else 'rejected'}"
        decided = {"candidate_id": child.candidate_id, "evidence": evidence}
        spend = ASKED + _sum(sheet.outcomes)
        return [
            *told,
            self._fact(facts.MutationMade, f"m{n}.made", n, mutation=mutation),
            self._fact(decision, named, n, **decided),
            self._fact(facts.BudgetSettled, f"m{n}.settled", n, spend=spend, total=self._spend),
        ]

    async def ending(self, idea: Idea) -> list[Told]:
        """The exam of this idea's child, and the end."""
        winner, test = self.child(idea), self._of("test")
        told = await self._scored(self.original, "exam-original", "test")
        told += await self._scored(winner, "exam-winner", "test")
        comparison = grade(
            self._sheets[self.original.candidate_id, "test"],
            self._sheets[winner.candidate_id, "test"],
            expected=len(test),
            clusters=clusters_of(test),
            margin=self.request.margin,
            seed=self.request.seed,
        )
        graded = self._fact(
            facts.ExamGraded,
            "exam.graded",
            original=self.original.candidate_id,
            winner=winner.candidate_id,
            comparison=comparison,
        )
        completed = self._fact(
            facts.RunCompleted,
            "completed",
            winner=winner.candidate_id,
            texts=winner.texts,
            verdict=comparison.verdict,
            comparison=comparison,
            spend=self._spend,
            reason="budget: calls",
        )
        return [*told, graded, completed]

    def _proposed(self, n: int, idea: Idea, child: Program) -> list[Told]:
        self._spend += ASKED
        answered = self._fact(
            facts.CallAnswered,
            f"m{n}.a1.answered",
            n,
            effect=EffectId(f"m{n}.a1"),
            operator="reflect",
            model="openai/simulated-reflection",
            text=f"{idea.rationale}\n\n```\n{child.texts['instruction']}```",
            spend=ASKED,
            latency_ms=2 * LATENCY_MS,
        )
        proposed = self._fact(
            facts.CandidateProposed,
            f"candidate.{child.candidate_id}",
            n,
            candidate_id=child.candidate_id,
            texts=child.texts,
            parents=(self.original.candidate_id,),
        )
        return [answered, proposed]

    async def _scored(
        self, program: Program, effect: str, split: Split, step: int | None = None
    ) -> list[Told]:
        """A candidate on a whole split: shards out, results back, the mean."""
        ids = [each.id for each in self._of(split)]
        size, candidate = self.request.shard_size, program.candidate_id
        parts = {
            ShardId(f"{effect}-{k}"): tuple(ids[start : start + size])
            for k, start in enumerate(range(0, len(ids), size))
        }
        dispatched = self._fact(
            facts.ShardsDispatched,
            f"{effect}.sent",
            step,
            effect=EffectId(effect),
            candidate_id=candidate,
            split=split,
            shards=parts,
        )
        told, outcomes = [dispatched], list[Outcome]()
        for shard_id, part in parts.items():
            result, found = await self._result(program, shard_id, split, part)
            told.append(result)
            outcomes += found
        sheet = Sheet(program, tuple(outcomes))
        self._sheets[candidate, split] = sheet
        self._spend += _sum(outcomes)
        kind = "exam" if split == "test" else "full"
        scored = self._fact(
            facts.CandidateScored,
            f"{effect}.{kind}.{candidate}.{len(ids)}",
            step,
            candidate_id=candidate,
            kind=kind,
            split=split,
            examples=len(ids),
            mean=sheet.mean,
            faults=sum(each.outcome_class == "candidate_fault" for each in outcomes),
        )
        return [*told, scored]

    async def _result(
        self, program: Program, shard_id: ShardId, split: Split, ids: tuple[str, ...]
    ) -> tuple[Told, list[Outcome]]:
        request = self.request
        shard = Shard(
            run_id=request.run_id,
            shard_id=shard_id,
            project=request.project,
            program=program,
            dataset=request.dataset,
            split=split,
            example_ids=ids,
            metrics=request.metrics,
            models=request.models,
        )
        done = await run_shard(
            shard, self._examples, llm=self._llm, kinds=self._kinds, worker="evaluator-1"
        )
        slow = tuple(each.model_copy(update={"latency_ms": LATENCY_MS}) for each in done.outcomes)
        result = done.model_copy(update={"outcomes": slow, "at": self._now()})
        told = say(RESULTS, result, f"{request.run_id}:r:{shard_id}", shard=shard_id)
        return told, list(slow)

    def _evidence(self, child: Sheet, reason: str) -> facts.Evidence:
        gaps = child.differences(self._sheets[self.original.candidate_id, "validation"])
        return facts.Evidence(
            examples=len(gaps),
            mean_difference=sum(gaps) / len(gaps),
            wins=sum(gap > 0 for gap in gaps),
            ties=gaps.count(0),
            losses=sum(gap < 0 for gap in gaps),
            reason=reason,
        )

    def _of(self, split: Split) -> tuple[Example, ...]:
        return tuple(each for each in self._examples if each.split == split)

    def _now(self) -> datetime:
        self._messages += 1
        return self.request.requested_at + timedelta(seconds=self._messages)

    def _fact(
        self, kind: type[FactBase], fact_id: str, step: int | None = None, /, **fields: Any
    ) -> Told:
        run_id = self.request.run_id
        fact = kind(id=fact_id, run_id=run_id, epoch=1, at=self._now(), step=step, **fields)
        return say(LOG, fact, f"{run_id}:{fact_id}")


def _sum(outcomes: Sequence[Outcome]) -> Spend:
    return sum((each.spend for each in outcomes), Spend())
