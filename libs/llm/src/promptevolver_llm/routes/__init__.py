"""The ways to a provider, and the choice between them."""

import asyncio

from promptevolver_llm.calls import Call, LlmError, RawAnswer
from promptevolver_llm.library import litellm
from promptevolver_llm.routes.lean_route import LeanRoute, is_lean
from promptevolver_llm.routes.litellm_route import LitellmRoute
from promptevolver_llm.routes.target import Route, Target, locate
from promptevolver_llm.settings import LlmSettings


class Routes:
    """Finds each model's provider and route, once."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._lean = LeanRoute()
        self._litellm = LitellmRoute()
        self._known: dict[str, tuple[Target, Route]] = {}
        self._warm = False

    async def warm(self) -> None:
        """Import LiteLLM in a thread: it takes seconds."""
        if not self._warm:
            await asyncio.to_thread(litellm)
            self._warm = True

    async def target(self, model: str) -> Target:
        """Find a model's provider. Raises LlmError (bad_request) for an unreadable name."""
        return (await self._find(model))[0]

    async def complete(self, call: Call) -> RawAnswer:
        """Have a call answered by its model. Raises LlmError, without the key in its text."""
        target, route = await self._find(call.model)
        try:
            return await route.complete(call, target)
        except LlmError as error:
            key = target.api_key
            if not key or key not in error.fault.message:
                raise
            message = error.fault.message.replace(key, "***")
            fault = error.fault.model_copy(update={"message": message})
            raise LlmError(fault) from None

    async def close(self) -> None:
        """Close every connection."""
        await self._lean.close()
        await self._litellm.close()

    async def _find(self, model: str) -> tuple[Target, Route]:
        if model not in self._known:
            await self.warm()
            target = locate(model, self._settings)
            lean = self._settings.route == "auto" and is_lean(target)
            self._known[model] = (target, self._lean if lean else self._litellm)
        return self._known[model]
