"""The test bench: a metric on sample outputs, outside of any run."""

import asyncio
from typing import Any

from promptevolver_contracts.base import digest
from promptevolver_contracts.bench import BenchSample, TriedMetric, TriedSample, TryMetric
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.programs import ChatMessage
from promptevolver_contracts.runs import ModelSpec, is_simulated
from promptevolver_contracts.spending import Spend
from promptevolver_llm import Answer, Call, LlmError
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_evaluator.faults import InfrastructureFault
from promptevolver_evaluator.metrics.kinds import Metric, Sample, Unmeasurable
from promptevolver_evaluator.program import Llm
from promptevolver_evaluator.shards import Kinds, made, scored

_CALL_S = 30.0


class BenchJudge:
    """Asks the judge that the question names, for one sample."""

    def __init__(self, llm: Llm, spec: ModelSpec | None, payer: str) -> None:
        self._llm = llm
        self._spec = spec
        self._payer = payer

    async def __call__(
        self, messages: tuple[ChatMessage, ...], schema: dict[str, Any], *, again: bool = False
    ) -> Answer:
        """Ask. Raises Unmeasurable without a judge, InfrastructureFault when it does not answer."""
        if self._spec is None:
            raise Unmeasurable("this metric needs a judge model; name one")
        call = Call(
            messages=messages,
            model=self._spec.model,
            parameters=self._spec.parameters,
            output_schema=schema,
            repeat=0,
            timeout_s=_CALL_S,
            fallbacks=self._spec.fallbacks,
            payer=f"{self._payer}/again" if again else self._payer,
            cache=not again,
        )
        try:
            return await self._llm.answer(call)
        except LlmError as error:
            raise InfrastructureFault(error.fault) from error


class Bench:
    """Tries metrics on samples."""

    def __init__(self, llm: Llm, kinds: Kinds) -> None:
        self._llm = llm
        self._kinds = kinds

    async def try_metric(self, question: TryMetric) -> TriedMetric:
        """Score every sample. Raises QueryFailed for a metric or parameters that are wrong."""
        try:
            metric = made(question.metric, self._kinds)
        except InfrastructureFault as error:
            info = ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=error.fault.message)
            raise QueryFailed(info) from error
        results = await asyncio.gather(
            *(self._tried(question, metric, sample) for sample in question.samples)
        )
        scores = [each.score for each in results if each.score is not None]
        judge = question.judge
        return TriedMetric(
            results=tuple(results),
            mean=sum(scores) / len(scores) if scores else None,
            spend=sum((each.spend for each in results), Spend()),
            simulated=judge is not None and is_simulated(judge.model),
        )

    async def _tried(self, question: TryMetric, metric: Metric, sample: BenchSample) -> TriedSample:
        payer = f"bench/{question.project}/{digest(question.metric)[:16]}/{sample.id}"
        try:
            score = await scored(
                question.metric,
                metric,
                Sample(
                    example=Example(**sample.model_dump(exclude={"output"}), split="train"),
                    output=sample.output,
                    stages={},
                    prompt=(),
                    latency_ms=0,
                    spend=Spend(),
                    judge=BenchJudge(self._llm, question.judge, payer),
                ),
            )
        except InfrastructureFault as error:
            return TriedSample(id=sample.id, error=error.fault.message)
        return TriedSample(
            id=sample.id, score=score.value, feedback=score.feedback, spend=score.spend
        )
