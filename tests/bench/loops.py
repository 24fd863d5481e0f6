"""Bare client loops to compare with: `python -m bench.loops aiohttp|litellm BASE CONCURRENCY`.

Reads one workload per line (`COUNT CANDIDATE`) and answers each with a line of JSON: wall and
processor seconds of this process for these calls alone, without start-up and import.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiohttp
import orjson
from bench import workload

type Ask = Callable[[dict[str, Any]], Awaitable[str]]


async def through_aiohttp(base: str) -> Ask:
    """The least that a Python client can do."""
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    headers = {"content-type": "application/json", "authorization": "Bearer simulated"}

    async def ask(body: dict[str, Any]) -> str:
        data = orjson.dumps(body)
        async with session.post(f"{base}/chat/completions", data=data, headers=headers) as reply:
            text: str = orjson.loads(await reply.read())["choices"][0]["message"]["content"]
            return text

    return ask


async def through_litellm(base: str) -> Ask:
    """A plain loop of `acompletion` calls, with LiteLLM's defaults."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm  # noqa: PLC0415 - takes seconds, and the other loop has no use for it

    async def ask(body: dict[str, Any]) -> str:
        reply = await litellm.acompletion(**body, api_base=base, api_key="simulated")
        text: str = reply.choices[0].message.content
        return text

    return ask


async def _measured(ask: Ask, bodies: Iterable[dict[str, Any]], concurrency: int) -> dict[str, Any]:
    waiting = iter(list(bodies))
    answers: list[str] = []

    async def work() -> None:
        answers.extend([await ask(body) for body in waiting])

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    echoed = sum(answer.startswith("Summary: Machine") for answer in answers)
    return {"calls": echoed, "seconds": wall, "cpu_s": cpu}


async def main(kind: str, base: str, concurrency: int) -> None:
    ask = await {"aiohttp": through_aiohttp, "litellm": through_litellm}[kind](base)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        count, candidate = line.split()
        measured = await _measured(ask, workload.requests(int(count), candidate), concurrency)
        sys.stdout.write(json.dumps(measured) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
