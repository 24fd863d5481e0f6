import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from promptevolver_local.provider.landscape import LandscapeError, load_landscape

_RULE = {
    "id": "loud",
    "stated_by": [{"all": ["loud"]}],
    "sentences": [{"text": "Be loud."}],
    "critique": "It is not loud.",
    "failure": {"set": {"label": "quiet"}},
    "needed_by": "shout",
}


def _write(folder: Path, rule: dict[str, Any], example: dict[str, Any]) -> Path:
    (folder / "data.jsonl").write_text(json.dumps(example))
    path = folder / "landscape.yaml"
    document = {
        "name": "small",
        "examples": "data.jsonl",
        "scored_fields": ["label"],
        "opening": "Label it.",
        "persona": "An expert.",
        "fillers": ["Hm."],
        "rules": [rule],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def _example(label: str = "loud") -> dict[str, Any]:
    return {"id": "e1", "inputs": {"ticket": "They SHOUT at us"}, "expected": {"label": label}}


def test_a_pattern_over_the_ticket_says_who_needs_a_rule(tmp_path: Path) -> None:
    landscape = load_landscape(_write(tmp_path, _RULE, _example()))
    assert landscape.examples[0].rules == {"loud"}


def test_a_failure_that_leaves_the_answer_right_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandscapeError, match="loud changes no scored field of e1"):
        load_landscape(_write(tmp_path, _RULE, _example("quiet")))


def test_an_unknown_rule_in_an_example_is_refused_with_its_line(tmp_path: Path) -> None:
    example = _example() | {"metadata": {"rules": ["nope"]}}
    with pytest.raises(LandscapeError, match=r"data\.jsonl:1.*nope"):
        load_landscape(_write(tmp_path, _RULE, example))


def test_a_broken_example_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LandscapeError, match=r"data\.jsonl:1.*inputs"):
        load_landscape(_write(tmp_path, _RULE, {"id": "e1"}))


def test_a_failure_must_do_something(tmp_path: Path) -> None:
    with pytest.raises(LandscapeError, match="needs `set`, `reword` or `prose`"):
        load_landscape(_write(tmp_path, _RULE | {"failure": {"probability": 1}}, _example()))


def test_answers_may_be_texts_that_fail_by_their_wording(tmp_path: Path) -> None:
    reword = {"before": "Sure: ", "keep": 0.5, "replace": {"LOUD": "quiet"}, "after": "!"}
    rule = _RULE | {"failure": {"reword": reword}}
    example = _example() | {"expected": "LOUD and clear indeed"}
    path = _write(tmp_path, rule, example)
    path.write_text(path.read_text() + "text_field: label\n")
    landscape = load_landscape(path)
    answer = landscape.examples[0].answer
    assert answer == {"label": "LOUD and clear indeed"}
    assert landscape.rules[0].failure.apply(answer, "label") == {"label": "Sure: quiet and!"}
    assert answer == {"label": "LOUD and clear indeed"}


def test_a_wording_that_stays_right_is_refused(tmp_path: Path) -> None:
    rule = _RULE | {"failure": {"reword": {"replace": {"nothing": "like it"}}}}
    path = _write(tmp_path, rule, _example() | {"expected": "LOUD"})
    path.write_text(path.read_text() + "text_field: label\n")
    with pytest.raises(LandscapeError, match="loud changes no scored field of e1"):
        load_landscape(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LandscapeError, match=r"absent\.yaml"):
        load_landscape(tmp_path / "absent.yaml")
