"""What a piece of prompt states: rules, contradictions and aids of one landscape."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from promptevolver_local.provider.landscape import Landscape

_SENTENCE_END = r"(?<=[.!?;])\s+|\n+"


@dataclass(frozen=True, slots=True)
class Statements:
    """What was recognised: rules with their strength in (0, 1], undone rules, and aids."""

    strengths: dict[str, float] = field(default_factory=dict)
    contradicted: frozenset[str] = frozenset()
    aids: frozenset[str] = frozenset()

    def strength(self, rule: str) -> float:
        return 0.0 if rule in self.contradicted else self.strengths.get(rule, 0.0)

    @staticmethod
    def union(parts: Iterable["Statements"]) -> "Statements":
        strengths: dict[str, float] = {}
        contradicted: frozenset[str] = frozenset()
        aids: frozenset[str] = frozenset()
        for part in parts:
            for rule, strength in part.strengths.items():
                strengths[rule] = max(strength, strengths.get(rule, 0.0))
            contradicted |= part.contradicted
            aids |= part.aids
        return Statements(strengths, contradicted, aids)


class Recognizer:
    """Compiled patterns of one landscape; results are remembered for the latest 4096 texts."""

    def __init__(self, landscape: Landscape) -> None:
        self._split = re.compile(_SENTENCE_END)
        self._rules = [
            (rule.id, statement.strength, [re.compile(p, re.IGNORECASE) for p in statement.all])
            for rule in landscape.rules
            for statement in rule.stated_by
        ]
        self._contradictions = [
            (rule.id, re.compile(pattern, re.IGNORECASE))
            for rule in landscape.rules
            for pattern in rule.contradicted_by
        ]
        self._aids = [
            (aid.id, re.compile(pattern, re.IGNORECASE))
            for aid in landscape.file.aids
            for pattern in aid.stated_by
        ]
        self._answer = re.compile(
            r'\{[^{}]*"' + re.escape(landscape.file.scored_fields[0]) + r'\\?"\s*:[^{}]*\}'
        )
        self.read = lru_cache(maxsize=4096)(self._read)

    def without_answers(self, text: str) -> str:
        """Cut answers of the task, which name values but state no rule."""
        return self._answer.sub(" ", text)

    def sentences(self, text: str) -> list[str]:
        return self._split.split(text)

    def _read(self, text: str) -> Statements:
        text = self.without_answers(text)
        return Statements.union(self._sentence(sentence) for sentence in self._split.split(text))

    def _sentence(self, sentence: str) -> Statements:
        strengths: dict[str, float] = {}
        contradicted = frozenset(
            rule for rule, pattern in self._contradictions if pattern.search(sentence)
        )
        for rule, strength, patterns in self._rules:
            # A contradiction often uses the words of the rule that it undoes.
            if rule not in contradicted and all(p.search(sentence) for p in patterns):
                strengths[rule] = max(strength, strengths.get(rule, 0.0))
        aids = frozenset(aid for aid, pattern in self._aids if pattern.search(sentence))
        return Statements(strengths, contradicted, aids)
