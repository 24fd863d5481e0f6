"""OpenAI-compatible servers over one aiohttp session.

Requests and replies are transformed by LiteLLM; its HTTP, logging and retry layers stay out.
"""

import importlib
from typing import Any
from urllib.request import getproxies

import aiohttp
import orjson
from promptevolver_contracts.faults import Fault

from promptevolver_llm import faults
from promptevolver_llm.calls import Call, LlmError, RawAnswer
from promptevolver_llm.library import litellm
from promptevolver_llm.routes.target import (
    COMPATIBLE,
    Target,
    read,
    request_messages,
    request_parameters,
)


class LeanRoute:
    """Posts chat completions itself. Made at the first call, the session lives until `close`."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._transforms: dict[Target, _Transform] = {}

    async def complete(self, call: Call, target: Target) -> RawAnswer:
        """Ask for an answer. Raises LlmError."""
        transform = self._transforms.get(target)
        if transform is None:
            transform = self._transforms[target] = _Transform(target)
        body = orjson.dumps(transform.request(call))
        try:
            async with self._open().post(
                transform.url,
                data=body,
                headers=transform.headers,
                allow_redirects=False,  # a key goes where it was meant to go
            ) as response:
                status, headers, content = response.status, response.headers, await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise LlmError(faults.of_exception(error)) from error
        if status != 200:
            text = content.decode(errors="replace")
            raise LlmError(faults.of_response(status, headers, text))
        return transform.answer(content)

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None),
                connector=aiohttp.TCPConnector(limit=0),  # the limiter knows better
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=bool(getproxies()),  # costs time at every request
            )
        return self._session


class _Transform:
    """LiteLLM's transformation for one target, looked up once."""

    def __init__(self, target: Target) -> None:
        config = _config(target)
        key, base = target.api_key, target.api_base
        if target.provider == "openai":  # whose own variables are for nobody else
            key, base = config.get_api_key(key), config.get_api_base(base)
        self._config = config
        self._target = target
        self._litellm_params = {"custom_llm_provider": target.provider, "api_base": base}
        self._supported = frozenset(config.get_supported_openai_params(target.model))
        self.headers = config.validate_environment({}, target.model, [], {}, {}, key)
        self.url: str = config.get_complete_url(base, key, target.model, {}, {})
        convert = "litellm.litellm_core_utils.llm_response_utils.convert_dict_to_response"
        self._convert = importlib.import_module(convert).convert_to_model_response_object
        self._response = litellm().ModelResponse

    def request(self, call: Call) -> dict[str, Any]:
        """Give the request's body. Raises LlmError (bad_request) for a parameter it cannot have."""
        given = request_parameters(call)
        if unsupported := given.keys() - self._supported:
            names = ", ".join(sorted(unsupported))
            message = f"{self._target.name} does not take: {names}"
            raise LlmError(Fault(kind="bad_request", message=message))
        model, config = self._target.model, self._config
        try:
            mapped = config.map_openai_params(given, {}, model, drop_params=False)
            request: dict[str, Any] = config.transform_request(
                model, request_messages(call), mapped, self._litellm_params, {}
            )
        except litellm().exceptions.BadRequestError as error:
            raise LlmError(faults.of_exception(error)) from error
        return request

    def answer(self, content: bytes) -> RawAnswer:
        """Read a reply that says 200. Raises LlmError when it holds no answer."""
        try:
            reply = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            fault = Fault(kind="malformed", message=f"the reply is not JSON: {error}")
            raise LlmError(fault) from error
        if not isinstance(reply, dict):
            raise LlmError(Fault(kind="malformed", message="the reply is not a JSON object"))
        if reply.get("error"):
            raise LlmError(faults.of_error_object(reply["error"]))
        try:
            response = self._convert(
                response_object=reply,
                model_response_object=self._response(),
                hidden_params={},
                _response_headers={},
            )
        except Exception as error:
            message = f"the reply is no chat completion ({type(error).__name__})"
            raise LlmError(Fault(kind="malformed", message=message)) from error
        return read(response)


def is_lean(target: Target) -> bool:
    """Whether a target is served well without LiteLLM's own HTTP layer.

    Not so for models that LiteLLM reaches by another API than chat completions, nor where it reads
    replies in a way of the provider's own.
    """
    if target.provider not in COMPATIBLE:
        return False
    if target.provider != "openai" and target.api_base is None:
        return False
    mode = litellm().model_cost.get(target.model, {}).get("mode", "chat")
    base = litellm().OpenAIGPTConfig
    config = _config(target)
    return (
        mode == "chat"
        and isinstance(config, base)
        and type(config).transform_response is base.transform_response
    )


def _config(target: Target) -> Any:
    providers = litellm().types.utils.LlmProviders
    manager = litellm().utils.ProviderConfigManager
    return manager.get_provider_chat_config(target.model, providers(target.provider))
