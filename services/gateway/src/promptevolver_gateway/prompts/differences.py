"""What differs between two programs: texts line by line, settings field by field; pure."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any, Literal

from promptevolver_contracts.programs import Program, Stage
from pydantic import BaseModel, Field

Change = Literal["added", "removed", "changed"]


class FieldChange(BaseModel):
    """A setting with another value."""

    field: str = Field(description="Path of the field, as `parameters.temperature`")
    before: Any = Field(description="Null where there was none")
    after: Any = Field(description="Null where there is none")


class TextChange(BaseModel):
    """A text that differs."""

    name: str = Field(description="Of the component, or `0:system` for a message")
    change: Change
    diff: str = Field(description="Unified diff, without file names")
    lines_added: int
    lines_removed: int
    fields: tuple[FieldChange, ...] = Field(description="What differs beside the text")


class StageChange(BaseModel):
    """A stage that differs."""

    name: str
    change: Change
    messages: tuple[TextChange, ...]
    fields: tuple[FieldChange, ...]


class ProgramDifference(BaseModel):
    """What differs between two versions; what is equal is left out."""

    prompt_id: str
    before: int
    after: int
    equal: bool
    components: tuple[TextChange, ...]
    stages: tuple[StageChange, ...]
    fields: tuple[FieldChange, ...] = Field(description="Name, and the order of the stages")


def component_changes(a: Program, b: Program) -> Iterator[TextChange]:
    """Give the components that differ, in the order of the later program."""
    for name in _names(a.components, b.components):
        before, after = a.components.get(name), b.components.get(name)
        fields = tuple(
            field_changes(
                before.model_dump(mode="json", exclude={"text"}) if before else {},
                after.model_dump(mode="json", exclude={"text"}) if after else {},
            )
        )
        texts = (before.text if before else None, after.text if after else None)
        if fields or texts[0] != texts[1]:
            yield _text_change(name, *texts, fields)


def stage_changes(a: Program, b: Program) -> Iterator[StageChange]:
    """Give the stages that differ, in the order of the later program."""
    earlier = {stage.name: stage for stage in a.stages}
    later = {stage.name: stage for stage in b.stages}
    for name in _names(earlier, later):
        before, after = earlier.get(name), later.get(name)
        messages = tuple(_message_changes(before, after))
        fields = tuple(field_changes(_settings(before), _settings(after)))
        if messages or fields:
            change = _change(before, after)
            yield StageChange(name=name, change=change, messages=messages, fields=fields)


def program_fields(a: Program, b: Program) -> Iterator[FieldChange]:
    """Give what differs of the program itself."""
    yield from field_changes(
        {"name": a.name, "stages": [stage.name for stage in a.stages]},
        {"name": b.name, "stages": [stage.name for stage in b.stages]},
    )


def field_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str = ""
) -> Iterator[FieldChange]:
    """Give the fields with another value; objects are entered."""
    for name in _names(before, after):
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from field_changes(old, new, f"{path}{name}.")
        elif old != new or type(old) is not type(new):
            yield FieldChange(field=f"{path}{name}", before=old, after=new)


def _message_changes(before: Stage | None, after: Stage | None) -> Iterator[TextChange]:
    old = before.messages if before else ()
    new = after.messages if after else ()
    for place in range(max(len(old), len(new))):
        a = old[place] if place < len(old) else None
        b = new[place] if place < len(new) else None
        if a != b:
            roles = field_changes({"role": a.role} if a else {}, {"role": b.role} if b else {})
            shown = b or a
            name = f"{place}:{shown.role}" if shown else str(place)
            yield _text_change(
                name, a.content if a else None, b.content if b else None, tuple(roles)
            )


def _text_change(
    name: str, before: str | None, after: str | None, fields: tuple[FieldChange, ...]
) -> TextChange:
    lines = list(unified_diff(_lines(before), _lines(after), lineterm="", n=3))[2:]
    return TextChange(
        name=name,
        change=_change(before, after),
        diff="\n".join(lines),
        lines_added=sum(line.startswith("+") for line in lines),
        lines_removed=sum(line.startswith("-") for line in lines),
        fields=fields,
    )


def _lines(text: str | None) -> list[str]:
    # Every line feed counts, the last one too: what differs in nothing else is shown as well.
    return [] if text is None else text.split("\n")


def _change(before: object, after: object) -> Change:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _settings(stage: Stage | None) -> dict[str, Any]:
    return {} if stage is None else stage.model_dump(mode="json", exclude={"name", "messages"})


def _names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [*after, *(name for name in before if name not in after)]
