"""One stack for all tests of this folder; a test leaves the provider as it found it."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from promptevolver_local.services import Provider
from support.otlp import receiving
from support.scene import ENVIRONMENT, LATENCY_MS, Scene
from support.stack import looking_at, running_stack, stack_folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    logs = tmp_path_factory.mktemp("stack") / "log"
    with stack_folder(logs) as var:
        async with (
            receiving() as receiver,
            running_stack(
                var,
                provider=Provider(latency_ms=LATENCY_MS),
                environment=ENVIRONMENT | {"PROMPTEVOLVER_OTLP_ENDPOINT": receiver.url},
            ) as stack,
            looking_at(stack) as eyes,
            httpx.AsyncClient(base_url=stack.provider_url, trust_env=False, timeout=30) as provider,
        ):
            yield Scene(stack, eyes, receiver, provider)


@pytest_asyncio.fixture(loop_scope="session")
async def scene(shared_scene: Scene) -> AsyncIterator[Scene]:
    """The shared stack, with a provider that does nothing wrong."""
    await shared_scene.faults()
    yield shared_scene
    await shared_scene.faults()
