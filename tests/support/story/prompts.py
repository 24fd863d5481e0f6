"""The prompt in the registry, its label, and templates for the next ones."""

from typing import Any

from support.story.telling import Story

TICKET = "I was charged twice for one sensor. Please send 39 EUR back."


async def registry(story: Story) -> None:
    """Keep both versions of the prompt, and move `production` to the better one."""
    made = await story.show(
        "prompts_create",
        {
            "name": "support-triage",
            "description": "Sorts tickets for the help desk",
            "tags": ["support"],
        },
    )
    story.ids |= {"prompt_id": made["prompt_id"], "label": "production", "before": 1, "after": 2}
    original = (await story.call("runs_request")).json()["program"]
    written = {"program": original, "note": "as the team wrote it"}
    await story.show("prompts_create_version", written)
    await story.show("prompts_create_version", written)
    at_first = {"version": 1, "reason": "what runs today"}
    await story.show("prompts_put_label", at_first, label="staging")
    promoted = {
        "run_id": story.ids["run_id"],
        "label": "production",
        "note": "won on the October tickets",
        "reason": "better on the sealed exam",
    }
    await story.show("prompts_promote", promoted)
    await story.show("prompts_put_label", {"version": 2, "reason": "follows"}, label="staging")
    await story.show("prompts_get_label")
    back = {"label": "staging", "reason": "complaints from the help desk"}
    await story.show("prompts_rollback", back)
    await story.show("prompts_label_history", label="staging")
    await story.show("prompts_delete_label", label="staging")
    await story.show("prompts_versions")
    await story.show("prompts_get_version", number=2)
    await story.show("prompts_get_version_diff")
    await story.show("prompts_version_render", {"inputs": {"ticket": TICKET}}, number=2)
    await story.show("prompts_list")
    await story.show("prompts_get")
    await story.show("prompts_update", {"tags": ["support", "english"]})


async def templates(story: Story) -> None:
    """Look through the library, keep a template of one's own, and start a run from it."""
    await story.show("templates_list", query={"limit": 2})
    copied = await story.show("templates_copy", template_id="builtin-classification")
    made = await story.show("templates_create", _template() | {"name": "sort-tickets"})
    story.ids["template_id"] = made["template_id"]
    await story.show("templates_get")
    changed = _template() | {"description": "The labels are the parameter"}
    await story.show("templates_put", changed)
    await story.show("templates_versions")
    await story.show("templates_get_version", number=1)
    labels = {"labels": ["billing", "bug", "shipping", "returns"]}
    data = {"dataset_id": story.ids["dataset_id"], "version": 1}
    filled = {"parameters": labels, "dataset": data}
    await story.show("templates_instantiate", filled)
    started = await story.show("templates_create_run", filled | {"overrides": {"seed": 7}})
    await story.call("runs_cancel", None, run_id=started["run_id"])
    await story.show("templates_delete", template_id=copied["template_id"])


def _template() -> dict[str, Any]:
    labels = {"type": "array", "items": {"type": "string"}, "minItems": 2}
    system = {"role": "system", "content": "{{ component.instruction }}"}
    user = {"role": "user", "content": "{{ input.ticket }}"}
    stage = {"name": "sort", "messages": [system, user], "parameters": {"temperature": 0}}
    return {
        "title": "Sort tickets",
        "task": "classification",
        "parameters": {
            "labels": labels | {"default": ["billing", "bug"]},
            "calls": {"type": "integer", "minimum": 100, "default": 400},
        },
        "program": {
            "name": "sort-tickets",
            "components": {"instruction": {"text": "Answer with one of: {{ parameter.labels }}."}},
            "stages": [stage],
        },
        "metrics": [
            {
                "name": "category",
                "kind": "json_fields",
                "parameters": {"fields": ["category"]},
            }
        ],
        "budget": {"calls": {"$parameter": "calls"}},
    }


async def goodbyes(story: Story) -> None:
    """Let go of the prompt."""
    await story.call("prompts_delete_label", label="production")
    await story.show("prompts_delete")
