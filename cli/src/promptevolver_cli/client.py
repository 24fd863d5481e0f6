"""The Python client of the API."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Self

import httpx
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.runs import TERMINAL

from promptevolver_cli.errors import ApiError, Unreachable

_TIMEOUT_S = 30.0
_SETTLE_S = 0.25
_POLL_S = 2.0
_RECONNECT_S = 1.0
_PATIENCE_S = 60.0
_END = "end"


class Client:
    """Asks one PromptEvolver. Use it with `async with`.

    Every method raises ApiError when the API refuses, Unreachable when nothing answers.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers=headers,
            timeout=_TIMEOUT_S,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def optimize(self, body: dict[str, Any], *, key: str | None = None) -> str:
        """Submit an optimization; give its id. Equal keys are one run."""
        return await self._submit("/optimize", body, key)

    async def evaluate(self, body: dict[str, Any], *, key: str | None = None) -> str:
        """Submit an evaluation; give its id."""
        return await self._submit("/evaluations", body, key)

    async def run(self, run_id: str) -> RunView:
        return RunView.model_validate(await self._ask("GET", f"/optimize/{run_id}"))

    async def runs(self, *, limit: int = 20, cursor: str | None = None, **filters: str) -> Any:
        """Give one page: `data`, and `page` with the cursor of the next one."""
        query = {"limit": limit, **filters, **({"cursor": cursor} if cursor else {})}
        return await self._ask("GET", "/history", params=query)

    async def control(self, run_id: str, operation: str, body: dict[str, Any]) -> Any:
        """Tell a run to cancel, pause, resume or top_up."""
        return await self._ask("POST", f"/optimize/{run_id}/{operation}", json=body)

    async def export(self, run_id: str) -> Any:
        return await self._ask("GET", f"/optimize/{run_id}/export")

    async def health(self) -> Any:
        """Give the state of what is behind the API, also when it is degraded."""
        try:
            return await self._ask("GET", "/health")
        except ApiError as error:
            if "checks" not in error.problem:
                raise
            return error.problem

    async def events(self, run_id: str, last_id: str | None = None) -> AsyncIterator[Any]:
        """Follow a run's events as they come, after `last_id`, until the run ends.

        Reconnects by itself and continues where it was.
        """
        while True:
            ended = False
            with contextlib.suppress(httpx.HTTPError, SSEError):
                async for event in self._stream(run_id, last_id):
                    last_id = event.id or last_id
                    ended = event.event == _END
                    yield _plain(event)
            if ended:
                return
            await asyncio.sleep(_RECONNECT_S)

    async def watch(self, run_id: str) -> AsyncIterator[RunView]:
        """Give the run as it changes, until it has ended; events tell when to look again.

        Raises Unreachable when the API stays away for a minute.
        """
        news = asyncio.Event()
        listener = asyncio.create_task(self._listen(run_id, news))
        seen: RunView | None = None
        away_since: float | None = None
        clock = asyncio.get_running_loop().time
        try:
            while True:
                news.clear()
                try:
                    view = await self.run(run_id)
                    away_since = None
                except (Unreachable, ApiError) as error:
                    if isinstance(error, ApiError) and not _passes(error):
                        raise
                    away_since = away_since or clock()
                    if clock() - away_since > _PATIENCE_S:
                        raise
                else:
                    if view != seen:
                        yield view
                    if view.state in TERMINAL:
                        return
                    seen = view
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), _POLL_S)
                await asyncio.sleep(_SETTLE_S)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _listen(self, run_id: str, news: asyncio.Event) -> None:
        """Wake the watcher; it also looks by itself, so a refused stream only makes it slower."""
        with contextlib.suppress(ApiError):
            async for _ in self.events(run_id):
                news.set()

    async def _stream(self, run_id: str, last_id: str | None) -> AsyncIterator[ServerSentEvent]:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        timeout = httpx.Timeout(_TIMEOUT_S, read=None)
        path = f"/runs/{run_id}/events"
        async with aconnect_sse(
            self._http, "GET", path, headers=headers, timeout=timeout
        ) as source:
            if source.response.is_error:
                await source.response.aread()
                raise ApiError.of(source.response)
            async for event in source.aiter_sse():
                yield event

    async def _submit(self, path: str, body: dict[str, Any], key: str | None) -> str:
        headers = {"Idempotency-Key": key} if key else {}
        answer = await self._ask("POST", path, json=body, headers=headers)
        return str(answer["task_id"])

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        try:
            response = await self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise Unreachable(self.url, str(error)) from error
        if response.is_error:
            raise ApiError.of(response)
        return response.json()


def _passes(error: ApiError) -> bool:
    """Tell whether an error may go away by itself; a run just submitted is not yet known."""
    return error.status >= httpx.codes.INTERNAL_SERVER_ERROR or error.status in {
        httpx.codes.NOT_FOUND,
        httpx.codes.TOO_MANY_REQUESTS,
    }


def _plain(event: ServerSentEvent) -> dict[str, Any]:
    try:
        data = json.loads(event.data)
    except json.JSONDecodeError:
        data = event.data
    return {"id": event.id, "event": event.event, "data": data}
