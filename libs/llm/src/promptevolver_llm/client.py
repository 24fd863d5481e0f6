"""One way to ask any model, with everything a paid call needs around it."""

import asyncio
import dataclasses
import random
import time
from collections.abc import Callable

from opentelemetry import trace
from prometheus_client import REGISTRY, CollectorRegistry
from promptevolver_contracts.faults import Fault, FaultKind
from promptevolver_contracts.runs import is_simulated
from promptevolver_contracts.spending import Spend

from promptevolver_llm.answers import AnswerBucket, Answers, Entry, Settled
from promptevolver_llm.calls import Answer, Call, LlmError, RawAnswer
from promptevolver_llm.limits import Limiter
from promptevolver_llm.meters import answered, call_span, failed, meters, paid
from promptevolver_llm.prices import Prices
from promptevolver_llm.retries import RETRIED, Deadline, RetryPolicy, retrying
from promptevolver_llm.routes import Routes
from promptevolver_llm.routes.target import Target
from promptevolver_llm.settings import LlmSettings

_KEPT: frozenset[FaultKind] = frozenset({"refused", "over_context"})


class LlmClient:
    """Asks models: cached, limited, retried, priced and measured.

    Lives on one event loop. `jitter` gives numbers in [0, 1).
    """

    def __init__(
        self,
        settings: LlmSettings,
        bucket: AnswerBucket | None,
        *,
        jitter: Callable[[], float] = random.random,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self.prices = Prices(settings)
        self._settings = settings
        self._policy = RetryPolicy(
            settings.attempts, settings.backoff_base_s, settings.backoff_cap_s, jitter
        )
        self._answers = Answers(bucket, self._policy)
        self._routes = Routes(settings)
        self._limiters: dict[str, Limiter] = {}
        self._meters = meters(registry)

    async def warm(self) -> None:
        """Import LiteLLM now, in a thread, instead of at the first call."""
        await self._routes.warm()

    async def answer(self, call: Call) -> Answer:
        """Have a call answered, by a fallback when its model is unavailable.

        The answer is in the bucket before this returns. Raises LlmError after the last attempt, and
        what the bucket raises when it stays away.
        """
        calls = [
            dataclasses.replace(call, model=model, fallbacks=())
            for model in (call.model, *call.fallbacks)
        ]
        for fallback in calls[1:]:
            settled = await self._answers.paid_before(fallback)
            if settled is not None:
                return self._answer(fallback, settled, 0)
        for one in calls[:-1]:
            try:
                return await self._answer_by_model(one)
            except LlmError as error:
                if error.fault.kind not in RETRIED:
                    raise
        return await self._answer_by_model(calls[-1])

    async def close(self) -> None:
        """Close every connection."""
        await self._routes.close()

    async def _answer_by_model(self, call: Call) -> Answer:
        target = await self._routes.target(call.model)
        attempts = 0

        async def pay() -> Entry:
            nonlocal attempts
            entry, attempts = await self._pay(call, target)
            return entry

        try:
            settled = await self._answers.settle(call, pay)
        except LlmError as error:
            self._count(target, error.fault.kind)
            raise
        outcome = "ok" if settled.fresh else "cached"
        self._count(target, settled.entry.fault.kind if settled.entry.fault else outcome)
        return self._answer(call, settled, attempts)

    def _answer(self, call: Call, settled: Settled, attempts: int) -> Answer:
        entry = settled.entry
        spend = entry.spend if settled.paid else Spend(cached_calls=1)
        if entry.fault is not None:
            raise LlmError(entry.fault, spend, attempts)
        return Answer(
            text=entry.text,
            model=call.model,
            finish_reason=entry.finish_reason,
            spend=spend,
            latency_ms=entry.latency_ms,
            cached=not settled.paid,
            attempts=attempts,
            simulated=is_simulated(call.model),
            full_spend=entry.spend,
        )

    async def _pay(self, call: Call, target: Target) -> tuple[Entry, int]:
        """Have the provider answer: with an entry to keep, and the number of requests made."""
        deadline = Deadline(max(self._settings.deadline_s, call.timeout_s))
        started = 0

        async def attempt(number: int) -> Entry:
            nonlocal started
            started = number
            return await self._attempt(call, target, deadline)

        with call_span(call, target, capture=self._settings.capture_content) as span:
            try:
                entry = await retrying(attempt, self._policy, deadline)
            except LlmError as error:
                failed(span, error.fault)
                raise
            paid(span, entry, started)
            return entry, started

    async def _attempt(self, call: Call, target: Target, deadline: Deadline) -> Entry:
        limiter = self._limiters.get(target.limit_key)
        if limiter is None:
            limiter = self._limiters[target.limit_key] = Limiter(self._settings.max_concurrency)
        async with limiter.slot(deadline.left()) as slot:
            try:
                entry = await self._request(call, min(call.timeout_s, deadline.left()))
            except LlmError as error:
                slot.failed(error.fault)
                self._meters.attempts.labels(target.provider, error.fault.kind).inc()
                raise
            slot.succeeded()
        outcome = entry.fault.kind if entry.fault else "ok"
        self._meters.attempts.labels(target.provider, outcome).inc()
        self._meters.seconds.labels(target.provider).observe(entry.latency_ms / 1000)
        return entry

    async def _request(self, call: Call, timeout_s: float) -> Entry:
        started = time.perf_counter()

        def elapsed_ms() -> float:
            return round((time.perf_counter() - started) * 1000, 3)

        try:
            async with asyncio.timeout(timeout_s):
                raw = await self._routes.complete(call)
        except TimeoutError as error:
            fault = Fault(kind="timeout", message=f"no answer within {timeout_s:g} s")
            raise LlmError(fault) from error
        except LlmError as error:
            if error.fault.kind not in _KEPT:
                raise
            spend = Spend(calls=1)  # answered, but turned away before any token was made
            return Entry(payer=call.payer, fault=error.fault, spend=spend, latency_ms=elapsed_ms())
        latency_ms = elapsed_ms()
        answered(trace.get_current_span(), raw, capture=self._settings.capture_content)
        return self._entry(call, raw, latency_ms)

    def _entry(self, call: Call, raw: RawAnswer, latency_ms: float) -> Entry:
        refusal = Fault(kind="refused", message="the provider's content filter withheld the answer")
        return Entry(
            payer=call.payer,
            text=raw.text,
            finish_reason=raw.finish_reason,
            fault=refusal if raw.refused else None,
            spend=self.prices.spend(call, raw),
            latency_ms=latency_ms,
        )

    def _count(self, target: Target, outcome: str) -> None:
        self._meters.calls.labels(target.provider, outcome).inc()
