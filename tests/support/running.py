"""What an engine needs around it: a stream, examples, a model and an evaluator, in one place."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from nats.js import JetStreamContext
from opentelemetry.context import Context
from promptevolver_contracts.controls import Control
from promptevolver_contracts.facts import CallAnswered, CandidateAccepted, Fact, RunCompleted
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.queries import ExamplePage, GetExamples
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.streams import PE
from promptevolver_contracts.subjects import CONTROLS, GET_EXAMPLES, LOG, RESULTS, TASKS
from promptevolver_llm import Answer, Call, LlmError
from promptevolver_optimizer.effects import Tools
from promptevolver_optimizer.engine import Engine
from promptevolver_optimizer.strategies import StrategyKind
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.datasets import Datasets
from promptevolver_runtime.following import follow
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.publishing import Publisher
from promptevolver_runtime.rpc import serve

from support.searching import CALL, CLIMBING, EXAMPLES, faulty, from_cache, number_of, result_of
from support.waiting import PATIENCE_S, wait_until


class ToyLlm:
    """Rewrites by what it is asked; fails the next few times when told so."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.failing = 0
        self.padding = 0

    async def answer(self, call: Call) -> Answer:
        if self.failing:
            self.failing -= 1
            raise LlmError(Fault(kind="rate_limited", message="slow down"))
        self.calls.append(call)
        return Answer(
            text=f"Answer well, way {number_of(call.messages)}." + "x" * self.padding,
            model=call.model,
            finish_reason="stop",
            spend=CALL,
            latency_ms=1,
            cached=False,
            attempts=1,
            simulated=True,
        )


class ToyEvaluator:
    """Answers shards as they come, until `limit` of them; or with faults, while `broken`."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js
        self._publisher = Publisher(js, "toy")
        self._more = asyncio.Event()
        self.taken: list[Shard] = []
        self.answered = 0
        self.limit: int | None = None
        self.broken = False
        self.free = False
        """Whether all answers come from a cache."""

    def allow(self, limit: int | None) -> None:
        self.limit = limit
        self._more.set()

    async def work(self) -> None:
        async for message in follow(self._js, ["pe.task.std.>"]):
            shard = TASKS.decode(message.data)
            self.taken.append(shard)
            while self.limit is not None and self.answered >= self.limit:
                self._more.clear()
                await self._more.wait()
            result = from_cache(shard) if self.free else result_of(shard)
            await self.write(faulty(shard) if self.broken else result)
            self.answered += 1

    async def write(self, result: ShardResult) -> None:
        subject = RESULTS.of(run=result.run_id, shard=result.shard_id)
        body, msg_id = RESULTS.encode(result), f"{result.run_id}:r:{result.shard_id}"
        await self._publisher.write_once(
            subject, body, kind="result", msg_id=msg_id, run=result.run_id
        )


class World:
    """Engines of any run, on one stream."""

    def __init__(self, nc: Connection, js: JetStreamContext) -> None:
        self._nc = nc
        self.js = js
        self.llm = ToyLlm()
        self.evaluator = ToyEvaluator(js)
        self.window = 4
        self.tools = Tools(
            llm=self.llm,  # type: ignore[arg-type]  # it answers, which is all that is asked of it
            worst_case=lambda _call: Spend(
                calls=1, prompt_tokens=20, completion_tokens=10, usd=0.002
            ),
            datasets=Datasets(nc),
            window=lambda _request: self.window,
        )

    def start(
        self, request: RunRequest, owner: str = "one", strategy: StrategyKind = CLIMBING
    ) -> asyncio.Task[None]:
        journal = RunJournal(self._nc, self.js, request.run_id, owner)
        engine = Engine(request, strategy, self.tools, journal, Context())
        return asyncio.create_task(engine.drive())

    async def tell(self, run: RunId, op: str, id_: str = "c1", **more: object) -> None:
        given = {"id": id_, "run_id": run, "op": op, "at": datetime.now(UTC), **more}
        control = Control.model_validate(given)
        await self.js.publish(CONTROLS.of(run=run), CONTROLS.encode(control))

    async def stored(self, subject: str) -> list[bytes]:
        """Give the bodies of all messages whose subject starts so, in order."""
        last = (await self.js.stream_info(PE.name)).state.last_seq
        messages = [await self.js.get_msg(PE.name, number) for number in range(1, last + 1)]
        return [m.data or b"" for m in messages if (m.subject or "").startswith(subject)]

    async def facts(self, run: RunId) -> list[Fact]:
        return [LOG.decode(data) for data in await self.stored(LOG.of(run=run))]

    async def fact(self, run: RunId, kind: str, within: float = PATIENCE_S) -> Fact:
        """Wait for a fact of a type, and give the first one."""

        async def found() -> Fact:
            async for message in follow(self.js, [LOG.of(run=run)]):
                fact = LOG.decode(message.data)
                if fact.type == kind:
                    return fact
            raise AssertionError

        return await asyncio.wait_for(found(), within)

    async def accepted(
        self, run: RunId, candidate: CandidateId, within: float = PATIENCE_S
    ) -> None:
        """Wait until a candidate is accepted."""

        async def found() -> None:
            async for message in follow(self.js, [LOG.of(run=run)]):
                match LOG.decode(message.data):
                    case CandidateAccepted(candidate_id=known) if known == candidate:
                        return

        await asyncio.wait_for(found(), within)

    async def another_accepted(
        self, run: RunId, known: Collection[CandidateId], within: float = PATIENCE_S
    ) -> CandidateId | None:
        """Wait until one more candidate is accepted; None when the run ends before."""

        async def found() -> CandidateId | None:
            async for message in follow(self.js, [LOG.of(run=run)]):
                match LOG.decode(message.data):
                    case CandidateAccepted(candidate_id=new) if new not in known:
                        return new
                    case RunCompleted():
                        return None
            raise AssertionError

        return await asyncio.wait_for(found(), within)

    async def write(self, run: RunId, facts: Sequence[Fact]) -> None:
        """Write facts as an owner who died at once would have."""
        journal = RunJournal(self._nc, self.js, run, "former")
        await journal.acquire()
        await journal.append(facts)

    async def held(self, answered: int) -> None:
        """Wait until the evaluator has answered so many and holds another one in its hands."""
        evaluator = self.evaluator
        await wait_until(
            lambda: evaluator.answered >= answered and len(evaluator.taken) > evaluator.answered,
            what=f"{answered} answers and one more shard",
        )

    async def paid(self, run: RunId) -> Spend:
        """Give what the stream says was spent: by results and by answers."""
        results = [RESULTS.decode(d).spend for d in await self.stored(f"pe.res.{run}.")]
        answers = [a.spend for a in await self.facts(run) if isinstance(a, CallAnswered)]
        return sum((*results, *answers), Spend())

    async def cells(self, run: RunId) -> list[tuple[str, str, int]]:
        """Give every (candidate, example, repeat) that was sent to evaluators."""
        shards = [TASKS.decode(data) for data in await self.stored(f"pe.task.std.{run}.")]
        return [(s.program.candidate_id, each, s.repeat) for s in shards for each in s.example_ids]


async def kill(task: asyncio.Task[Any]) -> None:
    """End a task as the death of its process would: nothing more is written."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def ended(task: asyncio.Task[None]) -> None:
    """Wait until a run has ended."""
    await asyncio.wait_for(task, PATIENCE_S)


def of_type[F](facts: list[Fact], kind: type[F]) -> list[F]:
    return [fact for fact in facts if isinstance(fact, kind)]


def decisions(facts: list[Fact]) -> dict[str, dict[str, Any]]:
    """Give what was decided, by fact id, without who wrote it, when and in which messages."""
    kept = [fact for fact in facts if fact.type not in {"shards.dispatched", "run.resumed"}]
    return {
        fact.id: json.loads(fact.model_dump_json(exclude={"at", "epoch", "run_id"}))
        for fact in kept
    }


async def _examples(question: GetExamples) -> ExamplePage:
    every = [example for split in EXAMPLES.values() for example in split]
    wanted = [e for e in every if question.split in {None, e.split}]
    end = question.offset + 5
    page = wanted[question.offset : end]
    return ExamplePage(examples=tuple(page), next_offset=end if end < len(wanted) else None)


@asynccontextmanager
async def world_of(nc: Connection, js: JetStreamContext) -> AsyncIterator[World]:
    world = World(nc, js)
    served = await serve(nc, GET_EXAMPLES, _examples, queue="toy")
    working = asyncio.create_task(world.evaluator.work())
    yield world
    await kill(working)
    await served.unsubscribe()
