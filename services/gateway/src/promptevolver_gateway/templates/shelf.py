"""Built-in templates and those of a project, as one library."""

from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_contracts.templates import (
    GET_TEMPLATE,
    LIST_TEMPLATES,
    GetTemplate,
    ListTemplates,
    TaskKind,
    TemplateContent,
)

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.templates.answers import (
    Source,
    TemplateAnswer,
    TemplateRow,
    answer_of,
    builtin_answer,
    builtin_row,
    row_of,
)
from promptevolver_gateway.templates.library import BUILTIN, library, of_task

type Position = tuple[Source, str]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a project sees."""

    bus: Bus
    project: str

    async def find(self, template: str, version: int | None = None) -> TemplateAnswer:
        """Give a template by its id or name. Raises Problem or QueryFailed `not_found`."""
        if not template.startswith(BUILTIN):
            question = GetTemplate(project=self.project, template=template, version=version)
            return answer_of(await self.bus.ask(GET_TEMPLATE, question))
        found = library().get(template)
        if found is None or version not in {None, 1}:
            raise Problem(ErrorCode.NOT_FOUND, f"there is no template {template}")
        return builtin_answer(found)

    async def page(
        self, task: TaskKind | None, source: Source | None, after: Position | None, limit: int
    ) -> tuple[list[TemplateRow], Position | None]:
        """Give a page of templates and where the next one goes on: built-in ones come first."""
        rows = [] if source == "project" else _builtins(task, after)[: limit + 1]
        if len(rows) > limit:
            return rows[:limit], ("builtin", rows[limit - 1].template_id)
        if source == "builtin":
            return rows, None
        # One more than fits tells whether the list goes on behind the built-in ones.
        room = limit - len(rows)
        before = after[1] if after is not None and after[0] == "project" else None
        page = await self.bus.ask(
            LIST_TEMPLATES,
            ListTemplates(project=self.project, task=task, before=before, limit=max(1, room)),
        )
        own = [row_of(template) for template in page.templates][:room]
        more = page.more or len(page.templates) > room
        rows += own
        if not more:
            return rows, None
        last = rows[-1]
        return rows, (last.source, last.template_id)


def _builtins(task: TaskKind | None, after: Position | None) -> list[TemplateRow]:
    if after is not None and after[0] == "project":
        return []
    last = "" if after is None else after[1]
    return [builtin_row(each) for each in of_task(task) if each.template_id > last]


def example_data(template: TemplateAnswer) -> dict[str, Any]:
    """Give the dataset that a template brings along. Raises Problem when it brings none."""
    built = library().get(template.template_id)
    if built is not None:
        examples = [example.model_dump(mode="json") for example in built.examples]
        return {"name": built.template_id, "examples": examples}
    return _stored(template.content)


def _stored(content: TemplateContent) -> dict[str, Any]:
    if content.dataset_id is None:
        message = "the template brings no example data; give a dataset"
        raise Problem.of_fields([FieldError(pointer="/dataset", message=message, code="missing")])
    return {"id": content.dataset_id}
