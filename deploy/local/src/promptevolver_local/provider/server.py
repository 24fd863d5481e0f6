"""The HTTP edge: OpenAI's endpoints over the simulated models."""

import asyncio
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from promptevolver_local.provider.chat import ChatRequest, parse_chat_request, tokens
from promptevolver_local.provider.draw import Draw
from promptevolver_local.provider.faults import Fault, FaultSettings, drawn_fault, drawn_latency
from promptevolver_local.provider.landscape import Landscape
from promptevolver_local.provider.models import Model, build_models, find_model
from promptevolver_local.provider.request_log import RequestLog
from promptevolver_local.provider.responses import (
    Completion,
    completion_body,
    error_response,
    fault_response,
    json_response,
    stream_chunks,
    truncated,
)

_EMBEDDING_SIZE = 64


class ApiKeyError(ValueError):
    """The request carries another key than the provider's."""


class UnknownModelError(ValueError):
    """No simulated model has this name."""


class SimulatedProvider:
    """Routes and the little state that a provider has: faults, a request counter and its log."""

    def __init__(
        self,
        landscapes: Sequence[Landscape],
        *,
        seed: int,
        faults: FaultSettings,
        log: RequestLog,
        api_key: str | None = None,
    ) -> None:
        self._models = build_models(landscapes, seed)
        self._seed = seed
        self._faults = faults
        self._log = log
        self._api_key = api_key
        self._requests = 0
        self._stopping = asyncio.Event()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=16 * 2**20)
        app.add_routes(
            [
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/embeddings", self._embeddings),
                web.get("/v1/models", self._list_models),
                web.get("/healthz", self._health),
                web.get("/_simulated/log", self._read_log),
                web.get("/_simulated/faults", self._read_faults),
                web.put("/_simulated/faults", self._change_faults),
            ]
        )
        app.on_shutdown.append(self._stop)
        return app

    async def _stop(self, _: web.Application) -> None:
        self._stopping.set()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        self._requests += 1
        number = self._requests
        try:
            self._check_key(request)
            chat = parse_chat_request(await request.json())
            model = self._model(chat)
        except ValueError as error:
            return _refusal(error)
        draw = Draw(self._seed, "request", number)
        fault = drawn_fault(self._faults, draw)
        await self._wait(drawn_latency(self._faults, draw))
        texts = [truncated(model(chat, choice), chat.max_tokens) for choice in range(chat.choices)]
        completion = Completion(number, chat.model, texts, tokens(chat.text))
        self._record(number, chat, fault or "ok", started)
        if fault is Fault.TIMEOUT:
            await self._wait(self._faults.hang_s)
            return error_response(504, "simulated timeout", "server_error")
        if fault is not None:
            return fault_response(fault, completion, self._faults.retry_after_s)
        if chat.stream:
            return await self._stream(request, chat, completion)
        return json_response(completion_body(completion))

    async def _stream(
        self, request: web.Request, chat: ChatRequest, completion: Completion
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"content-type": "text/event-stream", "x-simulated": "true"}
        )
        await response.prepare(request)
        for chunk in stream_chunks(completion, with_usage=chat.stream_usage):
            await response.write(b"data: " + chunk + b"\n\n")
        await response.write_eof()
        return response

    async def _embeddings(self, request: web.Request) -> web.Response:
        try:
            self._check_key(request)
            body = await request.json()
        except ValueError as error:
            return _refusal(error)
        asked = body.get("input", "")
        texts = asked if isinstance(asked, list) else [asked]
        used = sum(tokens(str(text)) for text in texts)
        data = [
            {"object": "embedding", "index": i, "embedding": _embedding(str(text))}
            for i, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": used, "total_tokens": used}
        return json_response(
            {"object": "list", "data": data, "model": body.get("model"), "usage": usage}
        )

    async def _list_models(self, _: web.Request) -> web.Response:
        data = [{"id": name, "object": "model", "owned_by": "simulated"} for name in self._models]
        return json_response({"object": "list", "data": data})

    async def _health(self, _: web.Request) -> web.Response:
        return json_response({"status": "ok", "simulated": True})

    async def _read_log(self, _: web.Request) -> web.Response:
        return web.Response(body=self._log.read(), content_type="application/x-ndjson")

    async def _read_faults(self, _: web.Request) -> web.Response:
        return json_response(self._faults.model_dump())

    async def _change_faults(self, request: web.Request) -> web.Response:
        try:
            self._faults = FaultSettings.model_validate_json(await request.read())
        except ValidationError as error:
            return error_response(422, str(error), "invalid_request_error")
        return json_response(self._faults.model_dump())

    def _check_key(self, request: web.Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._api_key is not None and given != self._api_key:
            raise ApiKeyError("Incorrect API key provided")

    def _model(self, chat: ChatRequest) -> Model:
        model = find_model(self._models, chat.model)
        if model is None:
            raise UnknownModelError(f"The model `{chat.model}` does not exist")
        return model

    async def _wait(self, seconds: float) -> None:
        """Sleep, but not beyond the server's stop."""
        if seconds <= 1:
            await asyncio.sleep(seconds)
            return
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _record(self, number: int, chat: ChatRequest, status: str, started: float) -> None:
        self._log.append(
            {
                "time": time.time(),
                "id": f"chatcmpl-simulated-{number}",
                "sha256": chat.digest,
                "status": status,
                "model": chat.model,
                "latency_ms": round((time.perf_counter() - started) * 1000, 3),
            }
        )


def _refusal(error: ValueError) -> web.Response:
    code: str | None
    match error:
        case ApiKeyError():
            status, code = 401, "invalid_api_key"
        case UnknownModelError():
            status, code = 404, "model_not_found"
        case _:
            status, code = 400, None
    return error_response(status, str(error), "invalid_request_error", code)


def _embedding(text: str) -> list[float]:
    """Count the text's words in hashed buckets and scale to length 1: alike texts lie close."""
    counts = [0.0] * _EMBEDDING_SIZE
    for word in text.lower().split():
        counts[sha256(word.encode()).digest()[0] % _EMBEDDING_SIZE] += 1
    length: Any = sum(count * count for count in counts) ** 0.5 or 1.0
    return [count / length for count in counts]
