"""Messages that nobody can read end in the dead letters, and all others go on."""

from functools import partial
from uuid import uuid4

import pytest
from promptevolver_contracts import headers as h
from promptevolver_contracts.subjects import RESULTS, TASKS
from promptevolver_runtime.redrive import DeadLetter, NotRedriven, dead_letters, redrive
from support.scene import Scene
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

JUNK = b'{"this": "is nothing that anybody said"'


async def letter_of(scene: Scene, subject: str) -> DeadLetter:
    async def found() -> DeadLetter | None:
        async for letter in dead_letters(scene.eyes.js):
            if letter.subject == subject:
                return letter
        return None

    letter: DeadLetter = await wait_until(found, what=f"a dead letter of {subject}")
    return letter


@pytest.mark.parametrize(
    ("template", "consumers"),
    [
        ("pe.req.{run}", {"optimizer", "history"}),
        ("pe.task.std.{run}.s1", {"evaluator-std"}),
        ("pe.task.hi.{run}.s1", {"evaluator-hi"}),
        ("pe.res.{run}.s1", {"history"}),
        ("pe.log.{run}", {"history"}),
        ("pe.ctl.{run}", {"history"}),
    ],
)
async def test_an_unreadable_message_is_kept_with_its_reason_and_blocks_nobody(
    scene: Scene, template: str, consumers: set[str]
) -> None:
    subject = template.format(run=f"junk-{uuid4()}")
    await scene.eyes.js.publish(subject, JUNK)
    letter = await letter_of(scene, subject)
    assert letter.consumer in consumers
    assert "unreadable" in letter.reason
    assert letter.data == JUNK
    await scene.until(await scene.evaluate(f"beside-{uuid4()}"), "completed")
    for consumer in consumers:
        await wait_until(partial(settled, scene, consumer), what=f"{consumer} is done")


async def settled(scene: Scene, consumer: str) -> bool:
    info = await scene.eyes.js.consumer_info("PE", consumer)
    return not info.num_pending and not info.num_ack_pending


async def test_a_redriven_message_is_handled(scene: Scene) -> None:
    """A shard of a run that has ended, once mended, is worked off like any other."""
    run = await scene.evaluate(f"redrive-{uuid4()}")
    await scene.until(run, "completed")
    task = await scene.eyes.js.get_last_msg("PE", TASKS.of(lane="std", run=run, shard="*"))
    shard = TASKS.decode(task.data or b"").model_copy(update={"shard_id": "again"})
    subject = TASKS.of(lane="std", run=run, shard="again")
    about = {h.DEAD_SUBJECT: subject, h.DEAD_REASON: "a fault of the code"}
    dead = await scene.eyes.js.publish(f"pe.dlq.{subject}", TASKS.encode(shard), headers=about)
    await redrive(scene.eyes.js, dead.seq)
    result = RESULTS.of(run=run, shard="again")
    await wait_until(lambda: scene.eyes.count(result), what="the shard has its result")
    assert dead.seq not in [letter.sequence async for letter in dead_letters(scene.eyes.js)]


async def test_a_result_cannot_be_redriven_and_says_so(scene: Scene) -> None:
    subject = f"pe.res.junk-{uuid4()}.s1"
    await scene.eyes.js.publish(subject, JUNK)
    letter = await letter_of(scene, subject)
    with pytest.raises(NotRedriven, match="written once"):
        await redrive(scene.eyes.js, letter.sequence)


@pytest.mark.parametrize(
    "template", ["pe.ctl.{run}", "pe.res.{run}.nobody-asked", "pe.res.{run}.evaluation-0"]
)
async def test_junk_among_the_messages_of_a_run_does_not_stop_it(
    scene: Scene, template: str
) -> None:
    """Not even in the place of a result, which is written once: the shard is sent anew."""
    await scene.faults(latency_ms=1000)
    run = await scene.evaluate(f"junk-within-{uuid4()}")
    shards = TASKS.of(lane="std", run=run, shard="*")
    await wait_until(lambda: scene.eyes.count(shards), what="shards are under way")
    await scene.eyes.js.publish(template.format(run=run), JUNK)
    await scene.faults()
    view = await scene.until(run, "completed")
    assert view.outcomes == 60
