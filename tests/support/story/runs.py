"""The runs: asked for, steered, read, compared, and descended from."""

from collections.abc import Sequence
from typing import Any

import yaml
from promptevolver_contracts.datasets import Example

from support.simulated_run import Idea, SimulatedRun
from support.story.telling import JSON, Story, first
from support.triage import TRIAGE, triage

NDJSON = "application/x-ndjson"
FEW = {"limit": 2}

_NAME = "support triage, October tickets"


def ideas() -> dict[str, Idea]:
    """Give what is tried, in the order of the steps."""
    said = {rule.id: rule.sentences[0].text for rule in triage().rules[:4]}
    return {
        "vague": Idea(
            "Several answers miss the priority; a general reminder may help.",
            "Be as helpful and accurate as you can.",
        ),
        "better": Idea(
            "Some answers are prose instead of JSON, and security matters are taken for logins.",
            "\n".join(said.values()),
        ),
        "short": Idea("Some answers are prose instead of JSON.", said["json_only"]),
    }


async def search(story: Story, examples: Sequence[Example]) -> None:
    """Evolve the prompt, with people who have a say, up to the verdict."""
    asked = await story.show("optimize_create", _body(story))
    story.ids |= {"run_id": asked["run_id"], "task_id": asked["run_id"]}
    await story.api.project()
    run = SimulatedRun(story.request_of(asked["run_id"]), examples)
    tried = ideas()
    story.ids["candidate_id"] = run.child(tried["better"]).candidate_id
    await story.tell(await run.beginning(), run.request)
    await story.tell(await run.step(1, tried["vague"], accepted=False), run.request)
    await story.tell(await run.step(2, tried["better"], accepted=True), run.request)
    await _controls(story)
    await story.tell(await run.ending(tried["better"]), run.request)
    story.ids["example_id"] = next(
        each.id
        for each in examples
        if each.split == "test" and each.expected["category"] == "billing"
    )


async def _controls(story: Story) -> None:
    reason = {"reason": "the provider is serviced tonight"}
    for prefix in ("optimize", "runs"):
        await story.show(f"{prefix}_pause", reason)
        await story.show(f"{prefix}_resume", {"reason": "it is back"})
        more = {"budget": {"calls": 500}, "reason": "worth another try"}
        await story.show(f"{prefix}_top_up", more)
    for mark in ("pin", "unpin", "veto", "unveto"):
        because = {"reason": "reads as our policy does"}
        await story.show(f"runs_candidate_{mark}", because)


async def descendants(story: Story, examples: Sequence[Example]) -> None:
    """Run it again with another seed, and ask for three more, two of which are called off."""
    again = await story.show("runs_rerun", {"seed": 8, "name": "another seed"})
    await story.api.project()
    rerun = SimulatedRun(story.request_of(again["run_id"]), examples)
    idea = ideas()["short"]
    await story.tell(await rerun.beginning(), rerun.request)
    await story.tell(await rerun.step(1, idea, accepted=True), rerun.request)
    await story.tell(await rerun.ending(idea), rerun.request)
    story.ids["other_run_id"] = again["run_id"]
    forked = {"candidate_id": story.ids["candidate_id"], "budget": {"calls": 500}}
    fork = await story.show("runs_fork", forked)
    more = await story.show("runs_continue")
    asked = {k: v for k, v in _body(story).items() if k not in {"budget", "strategy"}}
    await story.show("evaluations_create", asked | {"name": "as it is", "split": "test"})
    reason = {"reason": "asked for twice"}
    await story.show("optimize_cancel", reason, task_id=fork["run_id"])
    await story.show("runs_cancel", reason, run_id=more["run_id"])
    await story.api.project()


async def readings(story: Story) -> None:
    """Read all that is known of the run."""
    await story.show("runs_update", {"note": "goes to production", "tags": ["october"]})
    for operation in ("get", "export"):
        await story.show(f"optimize_{operation}")
    for operation in ("get", "spend", "request", "lineage", "get_candidate"):
        await story.show(f"runs_{operation}")
    for operation in ("candidates", "outcomes"):
        await story.show(f"optimize_{operation}", query=FEW)
    done = {"filter": "state = 'completed'", **FEW}
    lists: dict[str, dict[str, Any]] = {
        "history_list": {"state": "completed", **FEW},
        "runs_list": done,
        "runs_candidates": {"filter": "status != 'rejected'", **FEW},
        "runs_outcomes": {"filter": "score < 0.5 and split = 'test'", **FEW},
        "runs_example_outcomes": FEW,
        "runs_mutations": FEW,
        "runs_log": {"type": "candidate.accepted", **FEW},
    }
    for operation, query in lists.items():
        for accept in (JSON, NDJSON):
            await story.show(operation, accept=accept, query=query, part=first(2))
    searched = {"filter": done["filter"], "sort": ["-requested_at"], "limit": 2}
    for accept in (JSON, NDJSON):
        await story.show("runs_search", searched, accept=accept, part=first(2))
    await story.show("runs_facets", query={"field": "state"})
    log = f"pe.log.{story.ids['run_id']}"
    facts = [each.sequence for each in story.api.bus.stream if each.subject == log]
    await story.show("runs_events", accept="text/event-stream", query={"after": facts[-3]})


async def comparisons(story: Story) -> None:
    """Lay both runs side by side, and keep the list that one looks at."""
    sides = {"run1": story.ids["other_run_id"], "run2": story.ids["run_id"]}
    await story.show("runs_compare", query=sides)
    for accept in (JSON, NDJSON):
        query = sides | FEW
        await story.show("runs_compare_examples", accept=accept, query=query, part=first(2))
    await story.show("runs_compare_slices", query=sides | {"by": "split"})
    view = {
        "name": "Wins of October",
        "resource": "runs",
        "filter": "tag = 'october' and verdict = 'improved'",
        "sort": ["-exam_difference"],
        "fields": ["core", "scores"],
        "shared": True,
    }
    made = await story.show("saved_views_create", view)
    story.ids["view_id"] = made["view_id"]
    await story.show("saved_views_list")
    await story.show("saved_views_get")
    await story.show("saved_views_put", view | {"sort": ["usd"]})
    await story.show("saved_views_delete")


def _body(story: Story) -> dict[str, Any]:
    program = yaml.safe_load((TRIAGE / "program.yaml").read_text("utf-8"))
    run = yaml.safe_load((TRIAGE / "run.yaml").read_text("utf-8"))
    return {
        "name": _NAME,
        "program": program,
        "dataset": {"dataset_id": story.ids["dataset_id"], "version": 1},
        "metrics": run["metrics"],
        "models": {
            "task": "openai/simulated-task",
            "reflection": "openai/simulated-reflection",
        },
        "budget": {"calls": 300},
        "strategy": {"name": "gepa"},
        "seed": 7,
    }
