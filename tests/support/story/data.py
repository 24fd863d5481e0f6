"""The tickets: uploaded, split, checked, committed, changed."""

import json
from collections.abc import Iterator

from promptevolver_contracts.datasets import Example

from support.story.telling import Story, first
from support.triage import TRIAGE

NDJSON = "application/x-ndjson"
TAKEN = 64
"""Of the example's tickets; few enough to be quick, enough for a verdict"""

_DATASET = {
    "name": "support tickets",
    "description": "Tickets of Fernhill's customers, sorted by hand",
    "input_schema": {"type": "object", "required": ["ticket"]},
}
_NEW = {
    "id": "t-901",
    "inputs": {"ticket": "I was charged twice for one sensor. Please send 39 EUR back."},
    "expected": {"category": "billing", "priority": "normal", "needs_human": False},
    "split": "train",
}
_WRONG = '{"id": "t-903", "inputs": {"tiket": "My sensor is dead."}, "expected": {}}\n'


async def dataset(story: Story) -> list[Example]:
    """Make the dataset and commit its first version; give the examples of it."""
    made = await story.show("datasets_create", _DATASET)
    story.ids |= {"dataset_id": made["dataset_id"], "number": 1, "other": 2}
    lines = "\n".join(_lines())
    await story.show("datasets_create_upload", lines, media=NDJSON, part=first(2))
    dry = {"dry_run": True}
    await story.show("datasets_create_upload", _WRONG, media=NDJSON, accept="text/csv", query=dry)
    shares = {"train": 0.25, "validation": 0.25, "test": 0.5, "seed": 7}
    await story.show("datasets_create_draft_split", shares)
    await story.show("datasets_draft_quality")
    await story.show("datasets_create_version", {"note": "as sorted by hand in October"})
    items = await story.call("datasets_version_items", accept=NDJSON)
    fields = set(Example.model_fields)
    return [
        Example.model_validate({k: v for k, v in json.loads(line).items() if k in fields})
        for line in items.text.splitlines()
    ]


async def second_version(story: Story, sealed: str) -> None:
    """Change the draft, and commit it."""
    await story.show("datasets_create_draft_item", {"items": [_NEW]})
    story.ids["item_id"] = _NEW["id"]
    await story.show("datasets_get_draft_item")
    changed = {k: v for k, v in _NEW.items() if k != "id"}
    await story.show("datasets_put_draft_item", changed | {"metadata": {"source": "phone"}})
    await story.show("datasets_put_draft_item", changed, item_id="t-902")
    await story.show("datasets_update_draft_item", {"metadata": {"language": "en"}})
    await story.show("datasets_delete_draft_item", item_id="t-902")
    unsealed = {"item_ids": [sealed], "reason": "sorted wrongly; the customer wrote again"}
    await story.show("datasets_draft_unseal", unsealed)
    for accept in ("application/json", NDJSON, "text/csv"):
        few = {"limit": 2}
        await story.show("datasets_draft_items", accept=accept, query=few, part=first(3))
        await story.show("datasets_version_items", accept=accept, query=few, part=first(3))
    await story.show("datasets_draft_diff", query={"limit": 2})
    await story.show("datasets_create_version", {"note": "a ticket more, one unsealed"})
    await story.show("datasets_versions", query={"limit": 2})
    await story.show("datasets_get_version")
    await story.show("datasets_get_version_diff", query={"limit": 2})
    await story.show("datasets_version_quality")
    await story.show("datasets_list", query={"limit": 2})
    await story.show("datasets_get")
    await story.show("datasets_update", {"description": "Tickets of 2026, sorted by hand"})
    await story.show("datasets_delete_draft")


async def goodbyes(story: Story) -> None:
    """Put the dataset away."""
    await story.show("datasets_delete")


def _lines() -> Iterator[str]:
    for line in (TRIAGE / "data.jsonl").read_text("utf-8").splitlines()[:TAKEN]:
        kept = {k: v for k, v in json.loads(line).items() if k in {"id", "inputs", "expected"}}
        yield json.dumps(kept, ensure_ascii=False)
