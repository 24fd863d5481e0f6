"""Running a shard: one candidate on a few examples, all at once."""

import asyncio
import inspect
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Outcome, Shard, ShardResult
from promptevolver_contracts.spending import Spend
from pydantic import ValidationError

from promptevolver_evaluator.faults import InfrastructureFault, bad_request
from promptevolver_evaluator.fitting import fit
from promptevolver_evaluator.judging import RunJudge
from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Sample, Score, Unmeasurable
from promptevolver_evaluator.program import Llm, ProgramRunner, Trace
from promptevolver_evaluator.scoring import combine

type Kinds = Mapping[str, MetricKind[Any]]


async def run_shard(
    shard: Shard, examples: Sequence[Example], *, llm: Llm, kinds: Kinds, worker: str
) -> ShardResult:
    """Give the outcomes of all examples, in the shard's order.

    Raises InfrastructureFault when one of them could not be scored; the others finish first, so
    that their answers are in the cache for the next attempt.
    """
    by_id = {example.id: example for example in examples}
    missing = [id_ for id_ in shard.example_ids if id_ not in by_id]
    if missing:
        raise bad_request(f"dataset '{shard.dataset.name}' has no example '{missing[0]}'")
    scorer = ExampleScorer(shard, llm=llm, kinds=kinds)
    done = await asyncio.gather(
        *(scorer.outcome(by_id[id_]) for id_ in shard.example_ids), return_exceptions=True
    )
    outcomes = _all_or_fault(done)
    return fit(
        ShardResult(
            run_id=shard.run_id,
            shard_id=shard.shard_id,
            candidate_id=shard.program.candidate_id,
            split=shard.split,
            outcomes=outcomes,
            spend=sum((outcome.spend for outcome in outcomes), Spend()),
            worker=worker,
            at=datetime.now(UTC),
        )
    )


def faulty_result(shard: Shard, fault: Fault, worker: str) -> ShardResult:
    """Give the result of a shard that could not be scored.

    It claims no spend: answers that did come are accounted to the attempt that uses them.
    """
    return ShardResult(
        run_id=shard.run_id,
        shard_id=shard.shard_id,
        candidate_id=shard.program.candidate_id,
        split=shard.split,
        fault=fault,
        worker=worker,
        at=datetime.now(UTC),
    )


class ExampleScorer:
    """Runs and scores a shard's examples one by one."""

    def __init__(self, shard: Shard, *, llm: Llm, kinds: Kinds) -> None:
        """Prepare program and metrics. Raises InfrastructureFault when the shard's are wrong."""
        if not any(spec.weight for spec in shard.metrics):
            raise bad_request("the metrics' weights add up to 0; give one a weight")
        self._shard = shard
        self._program = ProgramRunner(llm, shard)
        self._llm = llm
        self._metrics = [(spec, made(spec, kinds)) for spec in shard.metrics]

    async def outcome(self, example: Example) -> Outcome:
        """Score one example. Raises InfrastructureFault."""
        trace = await self._program.run(example)
        if trace.fault is not None:
            return self._candidate_fault(example, trace, trace.fault)
        output = trace.stages[-1].output
        scores = {
            spec.name: await scored(spec, metric, self._sample(example, trace, spec))
            for spec, metric in self._metrics
        }
        composite = combine(self._shard.metrics, scores, trace.notes)
        return Outcome(
            example_id=example.id,
            repeat=self._shard.repeat,
            outcome_class="scored",
            output=output,
            score=composite.score,
            scores=composite.scores,
            feedback=composite.feedback,
            spend=sum((score.spend for score in scores.values()), trace.spend),
            worth=_worth(trace, scores.values()),
            latency_ms=trace.waited_ms,
            stages=trace.stages[:-1],
        )

    def _sample(self, example: Example, trace: Trace, spec: MetricSpec) -> Sample:
        return Sample(
            example=example,
            output=trace.stages[-1].output,
            stages=trace.outputs,
            prompt=trace.prompt,
            latency_ms=trace.latency_ms,
            spend=trace.full_spend,
            judge=RunJudge(self._llm, self._shard, example.id, spec.name),
        )

    def _candidate_fault(self, example: Example, trace: Trace, fault: Fault) -> Outcome:
        """Every metric gives 0; what the last stage wrote is kept as the output."""
        last = self._shard.program.stages[-1].name
        return Outcome(
            example_id=example.id,
            repeat=self._shard.repeat,
            outcome_class="candidate_fault",
            output=trace.outputs.get(last, ""),
            score=0,
            scores={spec.name: 0.0 for spec in self._shard.metrics},
            feedback=trace.notes,
            fault=fault,
            spend=trace.spend,
            worth=_worth(trace),
            latency_ms=trace.waited_ms,
            stages=tuple(stage for stage in trace.stages if stage.stage != last),
        )


def _worth(trace: Trace, scores: Iterable[Score] = ()) -> Spend | None:
    """Say what the answers cost whoever paid, when that was not this run alone."""
    spends = [(trace.spend, trace.full_spend)]
    spends += [(score.spend, score.worth or score.spend) for score in scores]
    if all(worth.calls <= spend.calls for spend, worth in spends):
        return None
    return sum((worth for _, worth in spends), Spend())


def made(spec: MetricSpec, kinds: Kinds) -> Metric:
    """Make a metric of its spec. Raises InfrastructureFault when there is no such one."""
    kind = kinds.get(spec.kind)
    if kind is None:
        raise bad_request(f"no metric is called '{spec.kind}'; there are: {', '.join(kinds)}")
    try:
        return kind.make(kind.params.model_validate(spec.parameters))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise bad_request(f"parameters of metric '{spec.name}': {wrong}") from error


async def scored(spec: MetricSpec, metric: Metric, sample: Sample) -> Score:
    """Score one output. Raises InfrastructureFault when it could not be done."""
    try:
        given = metric(sample)
        return await given if inspect.isawaitable(given) else given
    except Unmeasurable as error:
        raise bad_request(f"metric '{spec.name}': {error}") from error
    except InfrastructureFault:
        raise
    except Exception as error:
        # A team's own metric may raise anything; whatever it is, it is no verdict on the output.
        raise bad_request(f"metric '{spec.name}' failed: {error!r}") from error


def _all_or_fault(done: Sequence[Outcome | BaseException]) -> tuple[Outcome, ...]:
    """Give the outcomes, or raise the gravest fault: permanent first, then the longest wait."""
    faults = [each for each in done if isinstance(each, InfrastructureFault)]
    others = [each for each in done if isinstance(each, BaseException) and each not in faults]
    if others:
        raise others[0]
    if faults:
        raise max(faults, key=lambda f: (f.permanent, f.fault.retry_after_s or 0.0))
    return tuple(each for each in done if isinstance(each, Outcome))
