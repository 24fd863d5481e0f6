"""The reflecting model: reads failures out of whatever prompt it is sent and writes instructions.

It knows the landscape but uses only what the prompt shows: the tickets in it (whose rules the
current instruction lacks) and critiques that name a rule.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from promptevolver_local.provider.chat import ChatRequest
from promptevolver_local.provider.draw import Draw
from promptevolver_local.provider.formats import wrapper
from promptevolver_local.provider.landscape import Example, Landscape, Rule
from promptevolver_local.provider.reading import Ask, Block, PromptReader
from promptevolver_local.provider.recognition import Recognizer, Statements
from promptevolver_local.provider.task_model import cut
from promptevolver_local.provider.tickets import TicketIndex

_STATED = 0.95
_CRITIQUE_WEIGHT = 3


@dataclass(frozen=True, slots=True)
class Brief:
    """What was read out of a prompt. `missing` counts evidence per lacking rule."""

    landscape: Landscape
    recognizer: Recognizer
    current: str
    parents: tuple[str, ...]
    examples: tuple[Example, ...]
    stated: Statements
    missing: dict[str, int]

    def rule(self, name: str) -> Rule:
        return next(rule for rule in self.landscape.rules if rule.id == name)


class ReflectionModel:
    """Answers are a function of the seed and the request."""

    def __init__(self, landscapes: Sequence[Landscape], index: TicketIndex, seed: int) -> None:
        self._landscapes = landscapes
        self._recognizers = [Recognizer(landscape) for landscape in landscapes]
        self._index = index
        self._seed = seed
        self._reader = PromptReader()

    def answer(self, request: ChatRequest, choice: int = 0) -> str:
        draw = Draw(self._seed, request.digest, choice)
        text = request.text
        blocks = self._reader.instructions(text, self._shows_tickets)
        brief = self._read(text, blocks)
        frame = _without(text, blocks[:2])
        frame = cut(frame, self._index.find(frame))
        ask = self._reader.ask(frame)
        count = 1 if ask is Ask.MERGE else self._reader.count(frame)
        if ask is Ask.REASONING and not brief.examples:
            ask = Ask.REWRITE
        texts = [_write(ask, brief, draw.branch(str(i)), i) for i in range(count)]
        return wrapper(frame, request.schema)(texts)

    def _shows_tickets(self, body: str) -> bool:
        return bool(self._index.find(body))

    def _read(self, text: str, blocks: Sequence[Block]) -> Brief:
        hits = self._index.find(text)
        number = self._landscape_number(text, [hit.known.landscape for hit in hits])
        landscape, recognizer = self._landscapes[number], self._recognizers[number]
        current = blocks[0].body if blocks else landscape.file.opening
        stated = recognizer.read(current)
        examples = {
            hit.known.example.id: hit.known.example for hit in hits if hit.known.landscape == number
        }
        evidence = Counter(rule for example in examples.values() for rule in example.rules)
        around = _without(text, blocks[:1])
        around = cut(around, self._index.find(around))
        for name in recognizer.read(around).strengths:
            evidence[name] += _CRITIQUE_WEIGHT
        if not evidence:
            evidence.update(_by_feedback(landscape, around))
        return Brief(
            landscape=landscape,
            recognizer=recognizer,
            current=current,
            parents=tuple(block.body for block in blocks if block.titled > 0),
            examples=tuple(examples.values()),
            stated=stated,
            missing={
                rule.id: evidence[rule.id]
                for rule in landscape.rules
                if evidence[rule.id] and stated.strength(rule.id) < _STATED
            },
        )

    def _landscape_number(self, text: str, seen: Sequence[int]) -> int:
        """Choose the landscape by the tickets in the text, else by the rules that it states."""
        if seen:
            return Counter(seen).most_common(1)[0][0]
        known = [len(recognizer.read(text).strengths) for recognizer in self._recognizers]
        return known.index(max(known))


def _by_feedback(landscape: Landscape, text: str) -> list[str]:
    """Guess the rules whose failure shows in feedback of the kind "priority: expected …, got …"."""
    named = set(re.findall(r"(\w+)\W{1,3}expected\b", text))
    return [rule.id for rule in landscape.rules if named & rule.failure.set.keys()]


def _write(ask: Ask, brief: Brief, draw: Draw, nth: int) -> str:
    match ask:
        case Ask.CRITIQUE:
            return _critique(brief, draw, nth)
        case Ask.PERSONA:
            return brief.landscape.file.persona
        case Ask.REASONING:
            return _reasoning(brief.examples[min(nth, len(brief.examples) - 1)])
        case Ask.MERGE if len(brief.parents) > 1:
            return _merge(brief, draw)
        case _:
            return _rewrite(brief, draw)


def _ranked(brief: Brief, draw: Draw) -> list[str]:
    """Return the missing rules, those with the most evidence first, ties by chance."""
    order = draw.shuffled("ties", sorted(brief.missing))
    return sorted(order, key=lambda rule: -brief.missing[rule])


def _rewrite(brief: Brief, draw: Draw) -> str:
    reflection = brief.landscape.file.reflection
    if draw.chance("worse", reflection.worse):
        return _worsen(brief, draw)
    wanted = _ranked(brief, draw)
    if not wanted:
        return _pad(brief, draw)
    # Mostly the best supported rule, sometimes another: variants of one request should differ.
    first = wanted[0] if draw.chance("best supported", 0.6) else draw.choice("rule", wanted)
    chosen = [first]
    if draw.chance("second", reflection.second):
        chosen += [rule for rule in wanted if rule != first][:1]
    text = brief.current
    for name in chosen:
        text = _without_contradiction(brief, name, text)
        text = _append(text, _sentence(brief.rule(name), draw, reflection.weak))
    return text


def _without_contradiction(brief: Brief, rule: str, text: str) -> str:
    for sentence in brief.recognizer.sentences(text):
        if rule in brief.recognizer.read(sentence).contradicted:
            text = text.replace(sentence, "", 1)
    return text.strip() or brief.landscape.file.opening


def _sentence(rule: Rule, draw: Draw, weak: float) -> str:
    vague = [sentence for sentence in rule.sentences if sentence.strength < _STATED]
    clear = [sentence for sentence in rule.sentences if sentence.strength >= _STATED]
    options = vague if vague and (not clear or draw.chance(f"weak:{rule.id}", weak)) else clear
    return draw.choice(f"wording:{rule.id}", options).text


def _worsen(brief: Brief, draw: Draw) -> str:
    """Drop a rule that is stated, contradict one, or only add words."""
    stated = sorted(brief.stated.strengths)
    if stated and draw.chance("drop", 0.5):
        return _drop(brief, draw.choice("dropped", stated))
    contradictions = [text for rule in brief.landscape.rules for text in rule.contradictions]
    if contradictions and draw.chance("contradict", 0.6):
        return _append(brief.current, draw.choice("contradiction", contradictions))
    return _pad(brief, draw)


def _pad(brief: Brief, draw: Draw) -> str:
    """Add words that change nothing, as long as there are new ones."""
    unused = [text for text in brief.landscape.file.fillers if text not in brief.current]
    return _append(brief.current, draw.choice("filler", unused)) if unused else brief.current


def _drop(brief: Brief, rule: str) -> str:
    text = brief.current
    for sentence in brief.recognizer.sentences(brief.current):
        if rule in brief.recognizer.read(sentence).strengths:
            text = text.replace(sentence, "", 1)
    return re.sub(r"\n{3,}", "\n\n", text).strip() or brief.landscape.file.opening


def _merge(brief: Brief, draw: Draw) -> str:
    """Join the parents' texts: the first as it is, and what the others state beyond it."""
    text = brief.parents[0]
    if draw.chance("worse", brief.landscape.file.reflection.worse / 2):
        return text
    for parent in brief.parents[1:]:
        for sentence in brief.recognizer.sentences(parent):
            already = brief.recognizer.read(text)
            gained = brief.recognizer.read(sentence).strengths
            if any(strength > already.strength(rule) for rule, strength in gained.items()):
                text = _append(text, sentence.strip())
    return text


def _critique(brief: Brief, draw: Draw, nth: int) -> str:
    wanted = _ranked(brief, draw.branch("critique")) if nth else _ranked(brief, draw)
    if not wanted or draw.chance("blind", brief.landscape.file.reflection.worse):
        return "The prompt is too general and could guide the answer in more detail."
    first = wanted[nth % len(wanted)]
    second = [rule for rule in wanted if rule != first][:1]
    named = [first, *second] if draw.chance("both", 0.4) else [first]
    return " ".join(brief.rule(name).critique for name in named)


def _reasoning(example: Example) -> str:
    because = example.answer.get("reason")
    steps = ", ".join(f"{name} is {value!r}" for name, value in example.answer.items())
    lead = f"The text comes down to this: {because} " if because else "Read the text first. "
    return f"{lead}Weighing what is asked against the policy, {steps}."


def _append(text: str, sentence: str) -> str:
    listed = text.rstrip().rpartition("\n")[2].lstrip().startswith("- ")
    return f"{text.rstrip()}\n{'- ' if listed else ''}{sentence}"


def _without(text: str, blocks: Sequence[Block]) -> str:
    for block in sorted(blocks, key=lambda block: -block.start):
        text = text[: block.start] + "\n" + text[block.end :]
    return text
