"""Which runs were asked for here, whether history has read of them yet or not."""

from collections.abc import Awaitable, Callable

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.streams import PE
from promptevolver_contracts.subjects import REQUESTS
from promptevolver_runtime.rpc import QueryFailed

type Requested = Callable[[RunId], Awaitable[bool]]
"""Whether the stream holds the request of a run. Raises QueryFailed when nobody can tell."""


def requested_in(js: JetStreamContext) -> Requested:
    """Ask the stream's leader."""

    async def requested(run_id: RunId) -> bool:
        try:
            info = await js.stream_info(PE.name, subjects_filter=REQUESTS.of(run=run_id))
        except (NatsError, TimeoutError) as error:
            detail = "the broker does not say which runs are live here; import again later"
            raise QueryFailed(ErrorInfo(code=ErrorCode.UNAVAILABLE, detail=detail)) from error
        return bool(info.state.subjects)

    return requested
