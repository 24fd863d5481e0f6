import pytest
from promptevolver_llm import LlmError, LlmSettings
from promptevolver_llm.routes.lean_route import is_lean
from promptevolver_llm.routes.target import locate
from pydantic import SecretStr

SETTINGS = LlmSettings(api_base="http://mine/v1", model_api_key=SecretStr("sk-mine"))


@pytest.mark.parametrize(
    ("model", "lean"),
    [
        ("openai/simulated-task", True),
        ("gpt-4o", True),
        ("openai/gpt-5-mini", True),
        ("hosted_vllm/x", True),
        ("lm_studio/x", True),
        ("openai/o1-pro", False),
        ("anthropic/claude-sonnet-4-5", False),
        ("ollama/llama3", False),
        ("gemini/gemini-2.5-flash", False),
    ],
)
def test_servers_that_are_openai_compatible_are_lean(model: str, lean: bool) -> None:
    assert is_lean(locate(model, SETTINGS)) == lean


def test_a_compatible_server_without_an_address_is_left_to_litellm() -> None:
    assert not is_lean(locate("hosted_vllm/x", LlmSettings()))


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-5", "ollama/x", "gemini/x"])
def test_the_configured_address_and_key_are_for_compatible_servers_alone(model: str) -> None:
    target = locate(model, SETTINGS)
    assert target.api_base != "http://mine/v1"
    assert target.api_key != "sk-mine"
    assert locate("openai/x", SETTINGS).api_base == "http://mine/v1"


def test_a_key_is_not_shown() -> None:
    assert "sk-mine" not in repr(locate("openai/x", SETTINGS))
    assert "sk-mine" not in repr(SETTINGS)


def test_a_name_of_no_provider_says_what_to_write() -> None:
    with pytest.raises(LlmError, match="provider/model"):
        locate("unheard-of", SETTINGS)
