"""The reflecting model of a run: asked until it answers, and never twice for one effect."""

import asyncio
from collections.abc import Sequence

from promptevolver_contracts import facts as f
from promptevolver_contracts.ids import EffectId
from promptevolver_contracts.programs import ChatMessage, Parameters
from promptevolver_contracts.spending import Spend
from promptevolver_llm import Answer, Call, LlmClient, LlmError

from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.dispatch import FIRST_PROBE_S, LAST_PROBE_S
from promptevolver_optimizer.pauses import Pauses
from promptevolver_optimizer.record import step_of


class Reflection:
    """Puts a run's questions to its reflecting model."""

    def __init__(self, chronicle: Chronicle, pauses: Pauses, llm: LlmClient) -> None:
        self._chronicle = chronicle
        self._request = chronicle.request
        self._pauses = pauses
        self._llm = llm

    async def ask(
        self,
        effect: str,
        operator: str,
        messages: Sequence[ChatMessage],
        parameters: Parameters | None,
    ) -> tuple[str, Spend]:
        """Have the model answer; an answer that is in the log is not paid again."""
        key = EffectId(effect)
        known = self._chronicle.record.answers.get(key)
        if known is None:
            await self._pauses.wait()
            known = await self._ask(key, operator, self.call(effect, messages, parameters))
            await self._chronicle.emit(known)
        return known.text, known.spend

    def call(
        self, effect: str, messages: Sequence[ChatMessage], parameters: Parameters | None
    ) -> Call:
        """Make the call that puts a question."""
        model = self._request.models.reflection
        return Call(
            messages=tuple(messages),
            model=model.model,
            parameters=parameters or model.parameters,
            timeout_s=self._request.call_timeout_s,
            fallbacks=model.fallbacks,
            payer=f"{self._request.run_id}/{effect}",
            cache=self._request.response_cache,
        )

    async def _ask(self, effect: EffectId, operator: str, call: Call) -> f.CallAnswered:
        delay = FIRST_PROBE_S
        while True:
            try:
                answer: Answer | LlmError = await self._llm.answer(call)
            except LlmError as error:
                if not error.fault.of_candidate:
                    fault = error.fault
                    reason = f"{fault.kind}: {fault.message}"
                    await self._pauses.block("provider", reason, fault, holder=effect)
                    await asyncio.sleep(max(delay, fault.retry_after_s or 0))
                    await self._pauses.wait(despite="provider")
                    delay = min(delay * 2, LAST_PROBE_S)
                    continue
                answer = error
            await self._pauses.clear("provider", holder=effect)
            refused = answer if isinstance(answer, LlmError) else None
            return f.CallAnswered(
                **self._chronicle.head(f"{effect}.answered", step_of(effect)),
                effect=effect,
                operator=operator,
                model=call.model if isinstance(answer, LlmError) else answer.model,
                text="" if isinstance(answer, LlmError) else answer.text,
                fault=refused.fault if refused else None,
                spend=answer.spend,
                latency_ms=0 if isinstance(answer, LlmError) else answer.latency_ms,
            )
