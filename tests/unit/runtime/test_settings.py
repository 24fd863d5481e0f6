"""Settings that cannot be used are told by the names that an operator set."""

import pytest
from promptevolver_gateway.app import App
from promptevolver_gateway.settings import Settings
from promptevolver_llm.settings import LlmSettings
from promptevolver_runtime.service import run_service
from promptevolver_runtime.settings import faults_by_variable


def told(**variables: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            run_service("gateway", Settings, App)
    return str(ended.value)


def test_every_wrong_variable_is_named_with_its_fault() -> None:
    words = told(PROMPTEVOLVER_PORT="http", PROMPTEVOLVER_MAX_UPLOADS="0")
    assert "  PROMPTEVOLVER_PORT: Input should be a valid integer" in words
    assert "  PROMPTEVOLVER_MAX_UPLOADS: Input should be greater than or equal to 1" in words


def test_secrets_are_not_repeated() -> None:
    words = told(PROMPTEVOLVER_TOKEN_SECRET="hunter2")
    assert "PROMPTEVOLVER_TOKEN_SECRET: each secret needs at least 32 random characters" in words
    assert "hunter2" not in words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('{"mine": {"prompt": 1}}', "PROMPTEVOLVER_PRICES.mine.completion: Field required"),
        ("0.1", "PROMPTEVOLVER_PRICES: Input should be a valid dictionary"),
        ("cheap", 'error parsing value for field "prices"'),
    ],
)
def test_what_is_inside_of_a_table_has_its_place(
    monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    monkeypatch.setenv("PROMPTEVOLVER_PRICES", value)
    with pytest.raises(SystemExit) as ended, faults_by_variable():
        LlmSettings()
    assert words in str(ended.value)
    assert "cheap" not in str(ended.value)
