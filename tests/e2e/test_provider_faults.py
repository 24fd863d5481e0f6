"""What a provider does wrong never becomes a score."""

from collections import Counter
from uuid import uuid4

import pytest
from promptevolver_contracts.queries import RunView
from support.scene import Scene
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

CALLS = 450
SEED = 3

type Scores = dict[tuple[str, str, int], float]


async def finished(
    scene: Scene, **more: object
) -> tuple[RunView, dict[tuple[str, str, int], float]]:
    run = await scene.optimize(f"faults-{uuid4()}", calls=CALLS, seed=SEED, **more)
    view = await scene.until(run, "completed", within=120)
    return view, await scene.scores(run)


async def statuses(scene: Scene, since: int) -> Counter[str]:
    return Counter(entry["status"] for entry in scene.requests()[since:])


async def test_scores_under_rate_limits_and_outages_are_those_of_a_clean_run(scene: Scene) -> None:
    clean, clean_scores = await finished(scene)
    before = len(scene.requests())
    await scene.faults(rate_limited=0.15, server_error=0.15)
    disturbed, scores = await finished(scene)
    met = await statuses(scene, before)
    assert met["rate_limited"] > 20
    assert met["server_error"] > 20
    assert scores == clean_scores
    assert disturbed.winner == clean.winner
    assert disturbed.spend == clean.spend
    assert met["ok"] == disturbed.spend.calls


async def test_a_run_pauses_while_the_provider_is_down_and_resumes_by_itself(scene: Scene) -> None:
    await scene.faults(server_error=1)
    run = await scene.optimize(f"down-{uuid4()}", calls=CALLS, seed=SEED)
    paused = await scene.until(run, "paused")
    assert paused.paused_reason is not None
    assert paused.paused_reason.startswith("unavailable: ")
    assert paused.spend.calls == 0
    await scene.faults()
    completed = await scene.until(run, "completed")
    assert completed.paused_reason is None
    assert completed.spend.calls > 0


async def test_a_timeout_is_tried_again_and_never_scored(scene: Scene) -> None:
    clean = await scene.scores(await evaluated(scene))
    before = len(scene.requests())
    await scene.faults(timeout=0.2, hang_s=30)
    run = await evaluated(scene, call_timeout_s=0.75)
    assert (await statuses(scene, before))["timeout"] > 0
    assert await scene.scores(run) == clean


async def test_a_malformed_answer_is_tried_again_and_never_scored(scene: Scene) -> None:
    clean = await scene.scores(await evaluated(scene))
    before = len(scene.requests())
    await scene.faults(malformed=0.1, truncated=0.1, empty=0.1)
    run = await evaluated(scene)
    met = await statuses(scene, before)
    assert min(met["malformed"], met["truncated"], met["empty"]) > 0
    assert await scene.scores(run) == clean


@pytest.mark.parametrize(
    ("fault", "kind"), [("refused", "refused"), ("context_length", "over_context")]
)
async def test_what_the_candidate_brought_about_is_its_own_fault(
    scene: Scene, fault: str, kind: str
) -> None:
    await scene.faults(**{fault: 1})
    before = len(scene.requests())
    run = await evaluated(scene)
    outcomes = [row["outcome"] for row in await scene.outcomes(run)]
    assert {o["outcome_class"] for o in outcomes} == {"candidate_fault"}
    assert {o["fault"]["kind"] for o in outcomes} == {kind}
    assert {o["score"] for o in outcomes} == {0}
    assert len(scene.requests()) - before == len(outcomes)


async def test_wrong_credentials_pause_the_run_with_a_reason_that_shows_no_key(
    scene: Scene,
) -> None:
    await scene.faults(unauthorized=1)
    run = await scene.evaluate(f"key-{uuid4()}")
    paused = await scene.until(run, "paused")
    assert paused.paused_reason is not None
    assert paused.paused_reason.startswith("bad_credentials: ")
    assert "API key provided" not in paused.paused_reason
    await scene.faults()
    await scene.until(run, "completed")


async def evaluated(scene: Scene, **more: object) -> str:
    """Evaluate the original to the end; give the run once all its outcomes are readable."""
    run = await scene.evaluate(f"evaluation-{uuid4()}", **more)
    view = await scene.until(run, "completed", within=90)

    async def readable() -> bool:
        rows = await scene.outcomes(run)
        return len(rows) == 60

    await wait_until(readable, what="all outcomes are readable")
    assert view.outcomes == 60
    return run
