"""What the stream says about shards, and the results that are written to it."""

import structlog
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.streams import PE
from promptevolver_contracts.subjects import CONTROLS, RESULTS
from promptevolver_runtime.publishing import Publisher
from pydantic import ValidationError

log = structlog.get_logger(__name__)


class Records:
    """Reads go to the stream's leader: what was stored is seen."""

    def __init__(self, js: JetStreamContext, publisher: Publisher) -> None:
        self._js = js
        self._publisher = publisher

    async def cancelled(self, run_id: RunId) -> bool:
        """Say whether the run's last control is a cancel; the gateway lets none follow it."""
        message = await self._last(CONTROLS.of(run=run_id))
        if message is None or message.data is None:
            return False
        try:
            return CONTROLS.decode(message.data).op == "cancel"
        except ValidationError as error:
            log.warning("unreadable control", run_id=run_id, error=str(error))
            return False

    async def has_result(self, shard: Shard) -> bool:
        """Say whether somebody has written the shard's result."""
        return await self._last(RESULTS.of(run=shard.run_id, shard=shard.shard_id)) is not None

    async def write(self, result: ShardResult) -> bool:
        """Write the shard's only result. False when it had one before."""
        sequence = await self._publisher.write_once(
            RESULTS.of(run=result.run_id, shard=result.shard_id),
            RESULTS.encode(result),
            kind="shard.result",
            msg_id=f"{result.run_id}:r:{result.shard_id}",
            run=result.run_id,
        )
        return sequence is not None

    async def _last(self, subject: str) -> RawStreamMsg | None:
        try:
            # Read directly: the request's subject names what is read, so that permissions hold.
            return await self._js.get_last_msg(PE.name, subject, direct=True)
        except NotFoundError:
            return None
