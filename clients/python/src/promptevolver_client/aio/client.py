"""The client: every operation of the API, and what takes several of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

import httpx

from promptevolver_client import models
from promptevolver_client.aio.api import AsyncApi
from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.auth import ApiKey, Session, Tokens
from promptevolver_client.calls import new_file
from promptevolver_client.errors import RateLimited, ServerError, Unreachable
from promptevolver_client.retries import Retries
from promptevolver_client.watching import ENDED, Watch

_JOB_WAIT_S = 20.0


class AsyncClient(AsyncApi):
    """Asks one PromptEvolver. Use it with `async with`.

    Give an API key, or a session's tokens; `keep_tokens` is told the new ones at each exchange.
    Every method raises ApiError when the API refuses, Unreachable when nothing answers.
    """

    def __init__(  # noqa: PLR0913  every one of them is a keyword with a default
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        api_key: str | None = None,
        tokens: Tokens | None = None,
        keep_tokens: Callable[[Tokens], None] | None = None,
        project: str | None = None,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        auth = Session(tokens, keep_tokens) if tokens else ApiKey(api_key) if api_key else None
        self.url = url.rstrip("/")
        self._keep_tokens = keep_tokens
        self._http = httpx.AsyncClient(
            base_url=self.url,
            auth=auth,
            headers={"X-Project-Id": project} if project else None,
            timeout=timeout_s,
            transport=transport,
        )
        self._connection = AsyncConnection(self._http, retries or Retries())
        super().__init__(self._connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def sign_in(self, email: str, password: str) -> Tokens:
        """Open a session and use it from now on."""
        pair = await self.auth.sign_in(models.SignInBody(email=email, password=password))
        tokens = Tokens(pair.access_token, pair.refresh_token)
        self._http.auth = Session(tokens, self._keep_tokens)
        if self._keep_tokens is not None:
            self._keep_tokens(tokens)
        return tokens

    async def watch(
        self, run_id: str, *, patience_s: float = 60.0
    ) -> AsyncIterator[models.RunDetail]:
        """Give a run as it changes, until it has ended.

        The server answers as soon as there is news. Raises the last error when the API stays away
        for longer than `patience_s`; for every single event see `runs.events`.
        """
        watch = Watch(patience_s)
        while not watch.ended:
            try:
                run = await self.runs.get(run_id, wait_for_seq=watch.next_seq)
            except (Unreachable, ServerError, RateLimited) as error:
                await asyncio.sleep(watch.pause(error))
                continue
            if watch.news(run):
                yield run

    async def finished(self, job_id: str) -> models.Job:
        """Give an export, a report or an import once it has ended, well or not."""
        while True:
            job = await self.jobs.get(job_id, wait_s=_JOB_WAIT_S)
            if job.state in ENDED:
                return job

    async def download(self, job_id: str, to: Path | str) -> int:
        """Write a finished job's file; give its length."""
        length = 0
        with new_file(to) as file:
            async for chunk in self.jobs.file(job_id):
                length += file.write(chunk)
        return length
