"""What people say back, and what goes out: feedback, evaluators, webhooks, files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from promptevolver_history.settings import Settings
from promptevolver_history.webhooks.courier import Courier

from support.jobs import work
from support.story.telling import Story, first
from support.waiting import wait_until

NDJSON = "application/x-ndjson"
METRIC = "fields"


async def opinions(story: Story) -> None:
    """Say what one thinks of the winner's answers."""
    about = {
        "run_id": story.ids["run_id"],
        "candidate_id": story.ids["candidate_id"],
        "example_id": story.ids["example_id"],
    }
    correction = {"category": "billing", "priority": "urgent", "needs_human": True}
    comment = "Money that we took wrongly does not wait."
    said = {"rating": 0.5, "correction": correction, "comment": comment}
    made = await story.show("feedback_create", about | said)
    story.ids["feedback_id"] = made["feedback_id"]
    await story.show("feedback_list")
    await story.show("feedback_get")
    await story.show("runs_feedback")
    await story.show(
        "evaluators_agreement", query={"metric": METRIC, "run_id": story.ids["run_id"]}
    )
    await story.show("feedback_delete")


async def evaluators(story: Story) -> None:
    """Try a metric before it is used."""
    story.ids["kind"] = "exact_match"
    await story.show("evaluators_list")
    await story.show("evaluators_get")
    await story.show("evaluators_bench")


async def subscription(story: Story) -> None:
    """Have the release channel told of runs from now on."""
    hook = {
        "url": f"{story.receiver}/hooks/prompts",
        "events": ["run.completed", "run.failed", "verdict.*"],
        "description": "Tells the release channel",
    }
    made = await story.show("webhooks_create", hook)
    story.ids["webhook_id"] = made["webhook_id"]


async def deliveries(story: Story) -> None:
    """See what the channel was told."""
    await story.show("webhooks_list")
    await story.show("webhooks_get")
    pinged = await story.show("webhooks_ping")
    async with _courier(story):
        await wait_until(lambda: _all_delivered(story), what="the channel is told")
    await story.show("webhooks_deliveries", query={"limit": 2})
    story.ids["delivery_id"] = pinged["delivery_id"]
    await story.show("webhooks_get_delivery")
    await story.show("webhooks_delivery_redeliver")
    await story.show("webhooks_rotate_secret")
    await story.show("webhooks_update", {"events": ["verdict.*"]})
    await story.show("webhooks_delete")


async def files(story: Story) -> None:
    """Export the wins, report on them, and take prompts in from elsewhere."""
    await story.show("jobs_cancel", job_id=await _report(story))
    wins = {
        "resource": "runs",
        "format": "csv",
        "filter": "verdict = 'improved'",
        "fields": ["core", "spend.usd"],
    }
    asked = await story.show("exports_create", wins)
    story.ids["job_id"] = asked["job_id"]
    await work(story.api)
    await story.show("jobs_get")
    await story.show("jobs_file", accept="*/*")
    versions = {"resource": "prompt_versions", "format": "jsonl"}
    exported = (await story.call("exports_create", versions)).json()["job_id"]
    await work(story.api)
    lines = (await story.call("jobs_file", accept="*/*", job_id=exported)).text
    taken = {"resource": "prompt_versions"}
    await story.show("imports_create", lines, media=NDJSON, query=taken, part=first(1))
    await work(story.api)
    await story.show("jobs_list", query={"limit": 2})


async def _report(story: Story) -> str:
    sides = [{"run_id": story.ids["other_run_id"]}, {"run_id": story.ids["run_id"]}]
    body = {"kind": "comparison", "format": "pdf", "runs": sides}
    made = await story.show("reports_create", body)
    return str(made["job_id"])


@asynccontextmanager
async def _courier(story: Story) -> AsyncIterator[None]:
    settings = Settings(webhooks_allow_private=True, webhook_timeout_s=60)
    task = asyncio.create_task(Courier(story.api.database, settings).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _all_delivered(story: Story) -> bool:
    found = (await story.call("webhooks_deliveries")).json()["data"]
    return len(found) > 1 and all(each["state"] == "delivered" for each in found)
