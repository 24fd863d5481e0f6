"""Finding known tickets inside any text."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from promptevolver_local.provider.landscape import Example, Landscape

_ENOUGH_WORDS = 8
_LETTER_ESCAPE = r"\\u0(?:0[c-f]|[1-5][0-9a-f])[0-9a-f]"
_WORD = rf"((?:{_LETTER_ESCAPE}|[^\W_])+)|\\u[0-9a-f]{{4}}|\\[nrt]"


@dataclass(frozen=True, slots=True)
class Known:
    """An example together with the landscape that it belongs to."""

    landscape: int
    example: Example


@dataclass(frozen=True, slots=True)
class Found:
    """A known ticket at text[start:end]."""

    known: Known
    start: int
    end: int


class TicketIndex:
    """Finds tickets by their words, so that quoting, escaping and line breaks do not matter.

    A ticket that was cut short is found by its first eight words.
    """

    def __init__(self, landscapes: Sequence[Landscape]) -> None:
        self._word = re.compile(_WORD, re.IGNORECASE)
        self._escape = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)
        self._by_start: defaultdict[tuple[str, str], list[tuple[list[str], Known]]] = defaultdict(
            list
        )
        for number, landscape in enumerate(landscapes):
            for example in landscape.examples:
                words = [word for word, _, _ in self._words(example.ticket)]
                if len(words) < 2:
                    raise ValueError(f"{example.id}: a ticket needs at least two words")
                self._by_start[words[0], words[1]].append((words, Known(number, example)))

    def find(self, text: str) -> list[Found]:
        """Return the tickets in order of place, without overlaps."""
        words = self._words(text)
        found = []
        at = 0
        while at < len(words) - 1:
            entries = self._by_start.get((words[at][0], words[at + 1][0]), ())
            length, known = max(
                ((_common(ticket, words, at), known) for ticket, known in entries),
                key=lambda match: match[0],
                default=(0, None),
            )
            if known is not None and length:
                found.append(Found(known, words[at][1], words[at + length - 1][2]))
            at += max(length, 1)
        return found

    def _words(self, text: str) -> list[tuple[str, int, int]]:
        return [
            (self._plain(match[1]), match.start(), match.end())
            for match in self._word.finditer(text)
            if match[1]
        ]

    def _plain(self, word: str) -> str:
        if "\\" in word:
            word = self._escape.sub(lambda escape: chr(int(escape[1], 16)), word)
        return word.lower()


def _common(ticket: list[str], words: list[tuple[str, int, int]], at: int) -> int:
    """Return how many words agree from `at`, or 0 when they are too few to be sure."""
    length = 0
    for expected, (word, _, _) in zip(ticket, words[at : at + len(ticket)], strict=False):
        if word != expected:
            break
        length += 1
    return length if length >= min(len(ticket), _ENOUGH_WORDS) else 0
