"""Environment variables of every service."""

from collections.abc import Mapping
from typing import Any

from promptevolver_evaluator.settings import Settings as Evaluator
from promptevolver_gateway.settings import Settings as Gateway
from promptevolver_history.settings import Settings as History
from promptevolver_llm.settings import LlmSettings
from promptevolver_optimizer.settings import Settings as Optimizer
from promptevolver_runtime.provision import ProvisionSettings
from promptevolver_runtime.settings import ServiceSettings
from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from reference_pages.markdown import code, kind, table, title, value

_SECTIONS: Mapping[str, tuple[type[BaseSettings], str]] = {
    "Every service": (ServiceSettings, "Read by all of them."),
    "Gateway": (Gateway, "Beside those of every service."),
    "Optimizer": (Optimizer, "Beside those of every service and of model calls."),
    "Evaluator": (Evaluator, "Beside those of every service and of model calls."),
    "History": (History, "Beside those of every service."),
    "Model calls": (LlmSettings, "Read by optimizer and evaluator."),
    "promptevolver-provision": (ProvisionSettings, "Beside those of every service."),
}
_BY_MACHINE = {"instance": "the host's name and the process id"}


def page() -> str:
    """Give the whole page. Raises LookupError when a process reads a variable in two senses."""
    for service in (Optimizer, Evaluator):
        _same_variables(service, LlmSettings)
    parts = [
        title("Settings"),
        (
            "All settings are environment variables, read once when a service starts. Tables and "
            "lists are given as JSON. Providers' own variables, such as `OPENAI_API_KEY`, are read "
            "by LiteLLM.\n"
        ),
    ]
    for name, (settings, note) in _SECTIONS.items():
        parts += [f"## {name}\n", f"{note}\n", _table(settings)]
    return "\n".join(parts)


def _same_variables(one: type[BaseSettings], other: type[BaseSettings]) -> None:
    if shared := set(one.model_fields) & set(other.model_fields):
        raise LookupError(f"{one.__module__} and {other.__module__} share {sorted(shared)}")


def _table(settings: type[BaseSettings]) -> str:
    schema = settings.model_json_schema(by_alias=False)
    inherited = set() if settings is ServiceSettings else set(ServiceSettings.model_fields)
    rows = (
        (
            " or ".join(map(code, _variables(name, field, settings))),
            kind(schema["properties"][name], schema.get("$defs", {})),
            _default(name, field),
            field.description or "",
        )
        for name, field in settings.model_fields.items()
        if name not in inherited
    )
    return table(("Variable", "Type", "Default", "Meaning"), rows)


def _variables(name: str, field: FieldInfo, settings: type[BaseSettings]) -> list[str]:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice).upper() for choice in alias.choices]
    if isinstance(alias, str):
        return [alias.upper()]
    return [f"{settings.model_config['env_prefix']}{name}".upper()]


def _default(name: str, field: FieldInfo) -> str:
    if name in _BY_MACHINE:
        return _BY_MACHINE[name]
    if field.is_required():
        return "required"
    plain = _plain(field.get_default(call_default_factory=True, validated_data={}))
    return "none" if plain in (None, [], {}) else value(plain)


def _plain(default: Any) -> Any:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, BaseModel):
        return default.model_dump(mode="json")
    return list(default) if isinstance(default, tuple) else default
