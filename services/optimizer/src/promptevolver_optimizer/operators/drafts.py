"""From a text that a model wrote to a draft, or to the reason why there is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import ChatMessage, Parameters, Program

from promptevolver_optimizer.operators.evidence import clipped, plain
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.search import Brief, Draft

COPIED_SPAN = 60
"""An instruction that repeats this many characters of an example's input has learnt it by heart."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """An operator made no child."""

    reason: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """What all questions of a strategy share."""

    brief: Brief = Brief()  # noqa: RUF009 - frozen
    parameters: Parameters | None = None
    """Sampling parameters of the questions; None leaves the run's own."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What led to a text."""

    operator: str
    component: str
    shown: tuple[Example, ...] = ()
    """The train examples that the model saw."""
    rationale: str = ""
    feedback_ids: tuple[str, ...] = ()
    """The people's notes that the model saw."""


def question(text: str) -> tuple[ChatMessage, ...]:
    """Put a question to the reflecting model."""
    return (ChatMessage(role="user", content=text),)


def seen(examples: Sequence[Example], outcomes: Sequence[Outcome]) -> tuple[Example, ...]:
    """Give the examples of these outcomes, in the order of the outcomes."""
    by_id = {example.id: example for example in examples}
    return tuple(by_id[each] for each in dict.fromkeys(o.example_id for o in outcomes))


def rewritten(parent: Program, text: str, origin: Origin) -> Draft | Unusable:
    """Put a new text in the place of the component's instruction; its sections stay."""
    old = Sections.of(parent.components[origin.component].text)
    kind = parent.components[origin.component].kind
    if kind != "demonstrations" and copies(text, old.instruction, origin.shown):
        return Unusable("the answer copies a training input")
    return replaced(parent, old.with_instruction(text).text, origin)


def replaced(parent: Program, text: str, origin: Origin) -> Draft | Unusable:
    """Put a new text in the place of the whole component."""
    component = parent.components[origin.component]
    if len(text) > component.max_chars:
        return Unusable(f"the text has {len(text)} characters, {component.max_chars} are allowed")
    child = parent.with_texts({origin.component: text})
    if text.strip() == component.text.strip():
        return Unusable("the answer equals the parent")
    return Draft(
        program=child,
        operator=origin.operator,
        parents=(parent.candidate_id,),
        components=(origin.component,),
        rationale=clipped(origin.rationale, _RATIONALE),
        example_ids=tuple(example.id for example in origin.shown),
        feedback_ids=origin.feedback_ids,
    )


def several(parent: Program, texts: Sequence[str], origin: Origin) -> tuple[Draft, ...] | Unusable:
    """Make a draft of each usable text; the first reason when none is."""
    if not texts:
        return Unusable("the model gave no usable answer")
    made = [rewritten(parent, text, origin) for text in texts]
    drafts = {d.program.candidate_id: d for d in made if isinstance(d, Draft)}
    if drafts:
        return tuple(drafts.values())
    return next(each for each in made if isinstance(each, Unusable))


def copies(text: str, old: str, examples: Sequence[Example]) -> bool:
    """Whether a text repeats a long span of an input that the old text did not have."""
    new = set(_spans(text)) - set(_spans(old))
    return bool(new) and any(
        span in new
        for example in examples
        for value in example.inputs.values()
        for span in _spans(plain(value))
    )


def _spans(text: str) -> Iterator[str]:
    flat = " ".join(text.split()).lower()
    return (flat[at : at + COPIED_SPAN] for at in range(len(flat) - COPIED_SPAN + 1))


_RATIONALE = 4000
