"""The judge model, as metrics see it."""

from typing import Any

from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import Shard
from promptevolver_contracts.programs import ChatMessage
from promptevolver_llm import Answer, Call, LlmError

from promptevolver_evaluator.faults import InfrastructureFault
from promptevolver_evaluator.metrics.kinds import Unmeasurable
from promptevolver_evaluator.program import Llm, payer_of


class RunJudge:
    """Asks the judge model of a run, for one metric on one example of a shard."""

    def __init__(self, llm: Llm, shard: Shard, example_id: str, metric: str) -> None:
        self._llm = llm
        self._shard = shard
        self._effect = f"{example_id}/{metric}"

    async def __call__(
        self, messages: tuple[ChatMessage, ...], schema: dict[str, Any], *, again: bool = False
    ) -> Answer:
        """Ask. A judge that refuses says nothing about the output: that is malformed, no zero.

        Asking again is paid by the shard's attempt instead of the shard, so that the next attempt
        does not get the same unreadable reply out of the cache.
        """
        spec = self._shard.models.judge
        if spec is None:
            raise Unmeasurable("a metric needs a judge; set models.judge")
        run_and_attempt = f"{self._shard.run_id}/{self._shard.shard_id}"
        payer = run_and_attempt if again else payer_of(self._shard)
        call = Call(
            messages=messages,
            model=spec.model,
            parameters=spec.parameters,
            output_schema=schema,
            repeat=self._shard.repeat,
            timeout_s=self._shard.call_timeout_s,
            fallbacks=spec.fallbacks,
            payer=f"{payer}/{self._effect}",
            cache=self._shard.response_cache and not again,
        )
        try:
            return await self._llm.answer(call)
        except LlmError as error:
            raise InfrastructureFault(_of_the_judge(error.fault)) from error


def _of_the_judge(fault: Fault) -> Fault:
    if not fault.of_candidate:
        return fault
    message = f"the judge gave no opinion: {fault.kind}: {fault.message}"
    return Fault(kind="malformed", message=message[:2000])
