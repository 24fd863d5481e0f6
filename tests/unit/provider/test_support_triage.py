"""The example's data: labels follow the policy, splits are distinct, rules are evenly needed."""

import json
import re
from collections import Counter
from itertools import combinations

from promptevolver_local.provider.landscape import Example
from promptevolver_local.provider.recognition import Recognizer, Statements
from support.triage import NO_SIGNAL, TRIAGE, no_signal, starting_instruction, triage


def _rows() -> list[dict[str, object]]:
    text = (TRIAGE / "data.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_splits_have_their_sizes() -> None:
    assert Counter(row["split"] for row in _rows()) == {"train": 80, "validation": 60, "test": 100}


def test_no_two_tickets_are_alike() -> None:
    words = [set(re.findall(r"\w+", example.ticket.lower())) for example in triage().examples]
    alike = [
        (len(first & second) / len(first | second), first & second)
        for first, second in combinations(words, 2)
    ]
    assert max(alike, key=lambda pair: pair[0])[0] < 0.5


def test_each_rule_is_needed_by_a_tenth_to_two_fifths_of_the_examples_in_every_split() -> None:
    landscape = triage()
    split = {row["id"]: row["split"] for row in _rows()}
    for rule in landscape.rules:
        for name in ("train", "validation", "test"):
            chosen = [example for example in landscape.examples if split[example.id] == name]
            share = sum(rule.id in example.rules for example in chosen) / len(chosen)
            assert 0.08 <= share <= 0.4, (rule.id, name)


# The weightiest rule first, with the labels that it prescribes: None leaves a field open.
_PRESCRIBED = {
    "security_first": ("security", "urgent", True),
    "outage": ("bug", "urgent", True),
    "legal_threat": (None, "high", True),
    "privacy_request": ("privacy", "high", True),
    "wrong_charge": ("billing", "high", True),
    "questions_low": (None, "low", False),
}


def _follows_policy(example: Example) -> bool:
    labels = tuple(example.answer[name] for name in ("category", "priority", "needs_human"))
    for rule, prescribed in _PRESCRIBED.items():
        if rule in example.rules:
            pairs = zip(prescribed, labels, strict=True)
            return all(wanted in {None, label} for wanted, label in pairs)
    return labels[1] == "normal" and (not labels[2] or labels[0] == "returns")


def test_labels_follow_the_policy() -> None:
    assert [example.id for example in triage().examples if not _follows_policy(example)] == []


def test_the_starting_instruction_states_no_rule() -> None:
    assert Recognizer(triage()).read(starting_instruction()) == Statements()


def test_every_sentence_is_recognised_as_its_own_rule_at_its_strength() -> None:
    landscape = triage()
    recognizer = Recognizer(landscape)
    for rule in landscape.rules:
        for sentence in rule.sentences:
            assert recognizer.read(sentence.text).strengths == {rule.id: sentence.strength}
        for contradiction in rule.contradictions:
            assert recognizer.read(contradiction).contradicted == {rule.id}
        assert recognizer.read(rule.critique).strengths.keys() == {rule.id}


def test_fillers_state_nothing() -> None:
    landscape = triage()
    recognizer = Recognizer(landscape)
    assert {recognizer.read(text) == Statements() for text in landscape.file.fillers} == {True}


def test_the_no_signal_task_has_sixty_examples_in_each_split_and_no_rule() -> None:
    rows = (NO_SIGNAL / "data.jsonl").read_text("utf-8").splitlines()
    splits = Counter(json.loads(row)["split"] for row in rows)
    assert splits == {"train": 60, "validation": 60, "test": 60}
    assert no_signal().rules == ()
