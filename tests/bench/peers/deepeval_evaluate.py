"""deepeval with a metric that asks the model: `… BASE CONCURRENCY`."""

import asyncio
import os
import sys
from typing import Any

os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"  # read at import
os.environ["DEEPEVAL_NO_INSPECT_PROMPT"] = "1"

import aiohttp
import deepeval  # type: ignore[import-not-found]  # lives in the tools' environment
from bench.peers.protocol import serve
from deepeval.evaluate import (  # type: ignore[import-not-found]  # as above
    AsyncConfig,
    CacheConfig,
    DisplayConfig,
)
from deepeval.metrics import BaseMetric  # type: ignore[import-not-found]  # as above
from deepeval.test_case import LLMTestCase  # type: ignore[import-not-found]  # as above


class Model:
    """Asks over one session for each event loop: deepeval may bring another one each time."""

    def __init__(self, base: str) -> None:
        self._url = f"{base}/chat/completions"
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, body: dict[str, Any]) -> str:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._loop = loop
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        async with self._session.post(self._url, json=body) as reply:
            text: str = (await reply.json())["choices"][0]["message"]["content"]
            return text


class Right(BaseMetric):  # type: ignore[misc]  # has no types here
    """Asks for the output and compares it; deepeval copies it by its arguments' names."""

    async_mode = True
    threshold = 1.0

    def __init__(self, model: Model, bodies: dict[str, Any]) -> None:
        self.model = model
        self.bodies = bodies

    async def a_measure(self, test_case: Any, *_: Any, **__: Any) -> float:
        text = await self.model.ask(self.bodies[test_case.name])
        self.score = float(text.strip() == test_case.expected_output)
        self.success = self.score >= self.threshold
        return self.score

    def measure(self, test_case: Any, *_: Any, **__: Any) -> float:
        raise NotImplementedError("deepeval runs it asynchronously")

    def is_successful(self) -> bool:
        return bool(self.success)


def main(base: str, concurrency: int) -> None:
    model = Model(base)

    def batch(cases: list[dict[str, Any]]) -> int:
        bodies = {str(number): case["body"] for number, case in enumerate(cases)}
        asked = [
            LLMTestCase(
                name=str(number),
                input=case["body"]["messages"][-1]["content"],
                actual_output="-",
                expected_output=case["expected"],
            )
            for number, case in enumerate(cases)
        ]
        result = deepeval.evaluate(
            test_cases=asked,
            metrics=[Right(model, bodies)],
            async_config=AsyncConfig(max_concurrent=concurrency),
            cache_config=CacheConfig(write_cache=False, use_cache=False),
            display_config=DisplayConfig(
                show_indicator=False, print_results=False, inspect_after_run=False
            ),
        )
        return sum(bool(each.success) for each in result.test_results)

    serve(batch)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
