"""Reading a prompt of unknown origin: what it asks for, and which instruction it wants improved."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10}
_THING = r"(?:prompt|instruction)s?\b"
_MERGE = r"\b(?:cross ?over|merge|combine|recombine|recombination)\b"
_PERSONA = (
    r"\bexpert (?:identity|persona|profile)\b|\b(?:identity|persona|profile) of an? \w* ?expert\b"
    r"|\bdescribe\b[^.\n]{0,60}\bexpert\b|\b(?:write|give|create)\b[^.\n]{0,40}\bpersona\b"
)
_REWRITE = (
    r"\b(?:write|wrote|generate|propose|produce|provide|create|give|return|output"
    r"|(?<!to )(?:rewrite|improve|revise|refine|edit|optimi[sz]e|modify|mutate|update|paraphrase"
    r"|compress|shorten))\b"
    rf"[^.\n]{{0,80}}\b{_THING}"
)
_CRITIQUE = (
    r"\b(?:give|write|list|provide|state|explain|identify|name|describe|generate|offer)\b"
    r"[^.\n]{0,60}\b(?:reasons?|critique|feedback|criticisms?|weaknesses|gradients?|problems?"
    r"|shortcomings)\b"
)
_REASONING = (
    r"\breasoning chain\b|\bchain of (?:thought|reasoning)\b"
    r"|\b(?:explain|show|write|give|generate)\b[^.\n]{0,40}\breasoning\b"
    r"|\bexplain\b[^.\n]{0,40}\b(?:answer|label)\b|\bstep[- ]by[- ]step (?:reasoning|explanation)\b"
)
_COUNT = (
    r"\b(\d{1,2}|" + "|".join(_NUMBERS) + r")\s+(?:\w+[- ]){0,3}?"
    r"(?:prompts|instructions|variations|variants|versions|candidates|reasons|mutations"
    r"|paraphrases|critiques|gradients)\b"
)
_LABELLED = (
    r"^\W*(?:[\w-]+ ){0,3}(?:instructions?|prompts?)(?: [a-z0-9]\b)?\W{0,3}:\W{0,3}\s"
    r"(?P<body>.{30,}?)"
    r"(?=\n\s*\n\W*[\w ]{2,40}\W{0,3}:|\n\W*\w+(?: [a-z0-9])?\W{0,3}:|\n\s*\n|\n\[|\n#|\Z)"
)
_BLOCKS = (
    r"```[^\n`]*\n(?P<body>.*?)\n?```",
    r"<(?P<tag>\w*(?:instruction|prompt|parent)\w*)[^<>]*>(?P<body>.+?)</(?P=tag)>",
    r"<START>(?P<body>.{30,}?)<END>",
    r"\[\[ ## \w*(?:instruction|prompt)\w* ## \]\]\n(?P<body>.+?)(?=\n\[\[ ##|\Z)",
    r'(?:prompt|instruction)[^"\n]{0,60}\n?"(?P<body>.{30,}?)"\s*(?:\n|\Z)',
    _LABELLED,
)
_TITLE = r"\b(?:instructions?|prompts?|parent)\b"
_OTHER_TITLE = r"\b(?:critique|feedback|reasons?|gradients?|examples?|inputs?|tickets?|trace)\b"


class Ask(StrEnum):
    REWRITE = "rewrite"
    CRITIQUE = "critique"
    PERSONA = "persona"
    REASONING = "reasoning"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Block:
    """A delimited piece of text[start:end]; `body` is what stands between the delimiters."""

    start: int
    end: int
    body: str
    titled: int


class PromptReader:
    """Holds the compiled patterns; everything else is a function of the text."""

    def __init__(self) -> None:
        flags = re.IGNORECASE | re.DOTALL | re.MULTILINE
        self._blocks = [re.compile(pattern, flags) for pattern in _BLOCKS]
        self._title = re.compile(_TITLE, re.IGNORECASE)
        self._other_title = re.compile(_OTHER_TITLE, re.IGNORECASE)
        self._count = re.compile(_COUNT, re.IGNORECASE)
        self._asks = {
            ask: re.compile(pattern, re.IGNORECASE)
            for ask, pattern in (
                (Ask.MERGE, _MERGE),
                (Ask.PERSONA, _PERSONA),
                (Ask.CRITIQUE, _CRITIQUE),
                (Ask.REWRITE, _REWRITE),
                (Ask.REASONING, _REASONING),
            )
        }

    def instructions(self, text: str, shows_tickets: Callable[[str], bool]) -> list[Block]:
        """Return the blocks that may be the instruction to improve, the likeliest first.

        A block with tickets in it is more likely a list of failures, unless its title says other.
        """
        taken: list[Block] = []
        for pattern in self._blocks:
            for match in pattern.finditer(text):
                start, end = match.span()
                if any(start < block.end and block.start < end for block in taken):
                    continue
                body = match["body"].strip()
                titled = self._titled(text, match) - shows_tickets(body)
                if _is_prose(body) and (titled > 0 or not shows_tickets(body)):
                    taken.append(Block(start, end, body, titled))
        return sorted(taken, key=lambda block: (-block.titled, block.start))

    def ask(self, frame: str) -> Ask:
        """Return what the operator's own words ask for; the last of several asks counts."""
        last = {ask: self._last(ask, frame) for ask in self._asks}
        if last[Ask.PERSONA] >= 0 and last[Ask.PERSONA] >= last[Ask.REWRITE]:
            return Ask.PERSONA
        if last[Ask.CRITIQUE] >= 0 and last[Ask.CRITIQUE] >= last[Ask.REWRITE]:
            return Ask.CRITIQUE
        if last[Ask.MERGE] >= 0:
            return Ask.MERGE
        if last[Ask.REASONING] >= 0 > last[Ask.REWRITE]:
            return Ask.REASONING
        return Ask.REWRITE

    def count(self, frame: str) -> int:
        """Return how many variants are asked for, at most 20."""
        match = self._count.search(frame)
        if match is None:
            return 1
        word = match[1].lower()
        return min(20, max(1, _NUMBERS.get(word) or int(word)))

    def _last(self, ask: Ask, frame: str) -> int:
        return max((match.start() for match in self._asks[ask].finditer(frame)), default=-1)

    def _titled(self, text: str, match: re.Match[str]) -> int:
        """Say how much the words before a block, or its own opening, call it an instruction."""
        body = match.start("body")
        before = text[max(0, body - 200) : body]
        closest = text[max(0, body - 60) : body]
        score = 2 * bool(self._title.search(closest)) + bool(self._title.search(before))
        return score - 2 * bool(self._other_title.search(closest))


def _is_prose(body: str) -> bool:
    return len(body) >= 20 and not body.startswith(("{", "[{", "..."))
