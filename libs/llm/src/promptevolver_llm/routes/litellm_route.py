"""Every provider that LiteLLM speaks to, through LiteLLM proper."""

from promptevolver_llm import faults
from promptevolver_llm.calls import Call, LlmError, RawAnswer
from promptevolver_llm.library import litellm
from promptevolver_llm.routes.target import Target, read, request_messages, request_parameters

_GRACE_S = 1.0


class LitellmRoute:
    """Calls `litellm.acompletion` with its own retries, cache and logging off."""

    def __init__(self) -> None:
        self._used = False

    async def complete(self, call: Call, target: Target) -> RawAnswer:
        """Ask for an answer. Raises LlmError."""
        self._used = True
        # OpenAI's SDK insists on a key, which a server at one's own address may not want.
        key = target.api_key or ("none" if target.api_base else None)
        try:
            response = await litellm().acompletion(
                model=target.name,
                messages=request_messages(call),
                api_base=target.api_base,
                api_key=key,
                timeout=call.timeout_s + _GRACE_S,  # the caller cancels before
                num_retries=0,
                max_retries=0,
                **request_parameters(call),
            )
        except Exception as error:
            raise LlmError(faults.of_exception(error)) from error
        return read(response)

    async def close(self) -> None:
        """Close LiteLLM's connections; it keeps them for the whole process."""
        if self._used:
            await litellm().close_litellm_async_clients()
            litellm().in_memory_llm_clients_cache.flush_cache()
