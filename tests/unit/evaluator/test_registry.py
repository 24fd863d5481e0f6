import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
from promptevolver_evaluator.metrics import GROUP, parameter_schemas, registry
from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Params, Sample, Score
from support.evaluating import sample


class Politeness(Params):
    word: str = "please"


def make(params: Politeness) -> Metric:
    def politeness(judged: Sample) -> Score:
        if params.word in judged.output:
            return Score(1)
        return Score(0, f"Say {params.word}.")

    return politeness


@pytest.fixture
def team_package(monkeypatch: pytest.MonkeyPatch) -> str:
    module = ModuleType("a_team_s_metrics")
    module.__dict__.update(KIND=MetricKind(Politeness, make), OTHER=make)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.__name__


def test_a_team_s_own_metric_loads_by_entry_point(team_package: str) -> None:
    kinds = registry([EntryPoint("politeness", f"{team_package}:KIND", GROUP)])

    metric = kinds["politeness"].make(Politeness(word="kindly"))

    assert metric(sample("do it")) == Score(0, "Say kindly.")
    assert "word" in parameter_schemas(kinds)["politeness"]["properties"]


def test_what_is_no_metric_kind_is_refused(team_package: str) -> None:
    with pytest.raises(TypeError, match="politeness"):
        registry([EntryPoint("politeness", f"{team_package}:OTHER", GROUP)])


def test_two_packages_cannot_register_one_name(team_package: str) -> None:
    entry = EntryPoint("politeness", f"{team_package}:KIND", GROUP)

    with pytest.raises(ValueError, match="two installed packages"):
        registry([entry, entry])


def test_every_built_in_metric_is_declared_and_described() -> None:
    assert set(parameter_schemas(registry())) >= {
        "exact_match",
        "normalized_match",
        "contains",
        "regex_match",
        "numeric_tolerance",
        "json_valid",
        "json_fields",
        "token_f1",
        "rouge_l",
        "llm_judge",
        "latency",
        "cost",
        "prompt_length",
    }
