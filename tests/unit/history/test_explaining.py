import asyncpg
import pytest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_history.handlers import explained
from promptevolver_runtime.rpc import QueryFailed


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncpg.DeadlockDetectedError("two wait"), ErrorCode.UNAVAILABLE),
        (asyncpg.QueryCanceledError("too slow"), ErrorCode.UNAVAILABLE),
        (ConnectionRefusedError(), ErrorCode.UNAVAILABLE),
        (asyncpg.UntranslatableCharacterError("NUL"), ErrorCode.INVALID_REQUEST),
    ],
)
async def test_askers_hear_whether_to_ask_again(error: Exception, code: ErrorCode) -> None:
    async def handle(_question: None) -> None:
        raise error

    with pytest.raises(QueryFailed) as failed:
        await explained(handle)(None)
    assert failed.value.info.code == code
