"""The embedded stack: every server and service as a process under one supervisor."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import nats
import structlog
from promptevolver_contracts.permissions import ADMIN
from promptevolver_runtime.provision import provision

from promptevolver_local import servers, services
from promptevolver_local.credentials import broker_passwords
from promptevolver_local.ports import free_port, is_free
from promptevolver_local.process import Process, Spec
from promptevolver_local.registry import FolderLock, Registry
from promptevolver_local.services import SIMULATED, Models, Provider

log = structlog.get_logger(__name__)

_READY_S = 180
"""Whoever ends is told at once; a busy machine may take this long to start."""
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 15.0
_STABLE_S = 30
API_PORT = 8080
_STOP_ORDER = (("gateway",), ("optimizer", "evaluator"), ("history",), ("provider",))


class Stack:
    """Starts, watches and stops nats-server, Postgres, the simulated provider and the services.

    Processes are called nats, postgres, provider, history, gateway, optimizer-1 … and
    evaluator-1 …. One that ends by itself is started again on its port, after a delay that grows
    while it keeps ending. `environment` is added to every service, `service_environment` to those
    of one member. `histories` gives the roles of history's processes by name, by default of one
    that does everything. The provider runs only for `SIMULATED` models.
    """

    def __init__(  # noqa: PLR0913 - each is one independent choice of who starts a stack
        self,
        var: Path,
        *,
        evaluators: int = 2,
        optimizers: int = 1,
        histories: Mapping[str, str] | None = None,
        models: Models = SIMULATED,
        provider: Provider | None = None,
        environment: Mapping[str, str] | None = None,
        service_environment: Mapping[str, Mapping[str, str]] | None = None,
        gateway_port: int | None = None,
    ) -> None:
        self.var = var.resolve()
        self.models = models
        self.processes: dict[str, Process] = {}
        self.provider_log = self.var / "log" / "provider-requests.jsonl"
        self._replicas = {"evaluator": evaluators, "optimizer": optimizers}
        self._histories = histories or {"history": "project,answer,work"}
        self._provider = provider or Provider()
        self._environment = dict(environment or {})
        self._service_environment = service_environment or {}
        self._ports = services.Addresses(
            nats=free_port(),
            postgres=servers.postgres_url(free_port()),
            provider=free_port(),
            gateway=gateway_port or free_port(),
        )
        self._passwords: Mapping[str, str] = {}
        self._lock = FolderLock(self.var)
        self._registry = Registry(self.var)
        self._watchers: dict[str, asyncio.Task[None]] = {}

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self._ports.gateway}"

    @property
    def nats_url(self) -> str:
        """Where nats-server is, for its administrator; known once the stack has started."""
        return f"nats://{ADMIN}:{self._passwords[ADMIN]}@127.0.0.1:{self._ports.nats}"

    @property
    def postgres_url(self) -> str:
        return self._ports.postgres

    @property
    def provider_url(self) -> str:
        """The simulated provider's root; its API is under `/v1`."""
        return f"http://127.0.0.1:{self._ports.provider}"

    async def start(self) -> None:
        """Start everything and wait until it answers.

        Raises StackRunning when another stack has the folder, StartFailed when a process does not
        come up; nothing is left running then.
        """
        (self.var / "log").mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            left = await asyncio.to_thread(self._registry.sweep)
            if left:
                log.warning("left-over processes stopped", names=left)
            await self._start_servers()
            await self._start_services()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything in order: who asks before who answers. Safe to call again."""
        for watcher in self._watchers.values():
            watcher.cancel()
        await asyncio.gather(*self._watchers.values(), return_exceptions=True)
        self._watchers.clear()
        for members in _STOP_ORDER:
            await self._stop_all(name for name in self.processes if _member(name) in members)
        await self._stop_all(self.processes)
        self._lock.release()

    async def kill(self, name: str, sig: signal.Signals = signal.SIGKILL) -> None:
        """End a process and keep it down until `start_one`."""
        await self._unwatch(name)
        process = self.processes[name]
        process.kill(sig)
        process.kill(signal.SIGCONT)
        await process.wait()
        self._registry.forget(name)

    async def start_one(self, name: str, *, timeout_s: float = _READY_S) -> None:
        """Start a process that is down, on the port that it had, and wait until it answers."""
        process = self.processes[name]
        await self._launch(process)
        await process.wait_ready(timeout_s)
        self._watch(process)

    async def _start_servers(self) -> None:
        postgres_port = int(self._ports.postgres.rpartition(":")[2].partition("/")[0])
        database = asyncio.to_thread(servers.postgres, self.var / "postgres", postgres_port)
        folder = self.var / "nats"
        self._passwords = broker_passwords(folder)
        broker = self._add(servers.nats(folder, self._ports.nats, self._passwords))
        await self.start_one(broker.spec.name)
        client = await nats.connect(self.nats_url)
        try:
            await provision(client.jetstream())
        finally:
            await client.close()
        self._add(await database)
        await self.start_one("postgres")

    async def _start_services(self) -> None:
        if self.models is SIMULATED:
            port = self._ports.provider
            self._add(services.provider(self._provider, port, self.provider_log))
        for name, roles in self._histories.items():
            self._add(self._service(name, free_port(), PROMPTEVOLVER_HISTORY_ROLES=roles))
        for member, count in self._replicas.items():
            for number in range(1, count + 1):
                self._add(self._service(f"{member}-{number}", free_port()))
        self._add(self._service("gateway", self._ports.gateway))
        rest = [name for name in self.processes if name not in self._watchers]
        try:
            async with asyncio.TaskGroup() as starting:
                for name in rest:
                    starting.create_task(self.start_one(name))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    def _service(self, name: str, port: int, **more: str) -> Spec:
        own = self._service_environment.get(_member(name), {})
        user = _member(name)
        credentials = {
            "PROMPTEVOLVER_NATS_USER": user,
            "PROMPTEVOLVER_NATS_PASSWORD": self._passwords[user],
        }
        environment = {**credentials, **more, **self._environment, **own}
        return services.service(name, self._ports, port, self.models, environment)

    def _add(self, spec: Spec) -> Process:
        process = Process(spec, self.var / "log" / f"{spec.name}.log")
        self.processes[spec.name] = process
        return process

    async def _launch(self, process: Process) -> None:
        await process.start()
        self._registry.record(process.spec.name, process.pid, process.spec.command)

    def _watch(self, process: Process) -> None:
        name = process.spec.name
        self._watchers[name] = asyncio.create_task(self._keep_up(process), name=f"watch {name}")

    async def _unwatch(self, name: str) -> None:
        watcher = self._watchers.pop(name, None)
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher

    async def _keep_up(self, process: Process) -> None:
        delay = _FIRST_DELAY_S
        while True:
            code = await process.wait()
            lived = time.monotonic() - process.started_at
            if lived > _STABLE_S:
                delay = _FIRST_DELAY_S
            log.warning(
                "process ended; it will be started again",
                name=process.spec.name,
                code=code,
                lived_s=round(lived, 1),
                delay_s=delay,
            )
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY_S)
            await self._launch(process)

    async def _stop_all(self, names: Iterable[str]) -> None:
        stopping = [self.processes[name] for name in names]
        await asyncio.gather(*(process.stop() for process in stopping))
        for process in stopping:
            self._registry.forget(process.spec.name)


def _member(name: str) -> str:
    return name.partition("-")[0]


def preferred_api_port() -> int:
    """Give the port that the command line expects the API on, or a free one when it is taken."""
    return API_PORT if is_free(API_PORT) else free_port()
