"""The pieces of the local stack that need no server."""

import os
import socket
import sys
from pathlib import Path

import pytest
from promptevolver_local import services
from promptevolver_local.ports import free_port, is_free
from promptevolver_local.remembered import Remembered
from promptevolver_local.services import SIMULATED, Addresses, Models, Provider

ADDRESSES = Addresses(nats=1, postgres="postgresql://there", provider=3, gateway=4)
REAL = Models(task="openai/x", reflection="openai/y", judge="openai/z")


def environment(name: str, models: Models, **more: str) -> dict[str, str]:
    return services.service(name, ADDRESSES, 9, models, more).environment


def test_a_free_port_is_one_that_nobody_has() -> None:
    port = free_port()
    assert 20_000 <= port < 32_000
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        assert not is_free(port)


def test_a_free_port_is_given_once() -> None:
    ports = [free_port() for _ in range(500)]
    assert len(set(ports)) == len(ports)


def test_simulated_models_are_only_reached_by_those_who_call_models() -> None:
    assert environment("evaluator-2", SIMULATED)["PROMPTEVOLVER_API_BASE"].endswith(":3/v1")
    assert environment("optimizer-1", SIMULATED)["PROMPTEVOLVER_MODEL_API_KEY"] == "simulated"
    assert "PROMPTEVOLVER_API_BASE" not in environment("history", SIMULATED)
    assert environment("gateway", SIMULATED)["PROMPTEVOLVER_SIMULATED"] == "true"


def test_a_real_model_leaves_the_providers_own_settings_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("PROMPTEVOLVER_API_BASE", "http://mine/v1")
    evaluator = environment("evaluator-1", REAL)
    assert evaluator["OPENAI_API_KEY"] == "secret"
    assert evaluator["PROMPTEVOLVER_API_BASE"] == "http://mine/v1"
    gateway = environment("gateway", REAL)
    assert gateway["PROMPTEVOLVER_SIMULATED"] == "false"
    assert gateway["PROMPTEVOLVER_DEFAULT_REFLECTION_MODEL"] == "openai/y"


def test_only_history_learns_where_postgres_is() -> None:
    assert environment("history", SIMULATED)["PROMPTEVOLVER_DATABASE_URL"] == "postgresql://there"
    for name in ("gateway", "optimizer-1", "evaluator-1"):
        assert "PROMPTEVOLVER_DATABASE_URL" not in environment(name, SIMULATED)


def test_the_starters_own_port_never_reaches_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTEVOLVER_PORT", "8080")
    assert environment("history", SIMULATED)["PROMPTEVOLVER_PORT"] == "9"
    assert environment("history", SIMULATED, PROMPTEVOLVER_SLOTS="2")["PROMPTEVOLVER_SLOTS"] == "2"


def test_the_provider_is_told_how_to_behave(tmp_path: Path) -> None:
    options = Provider(seed=4, latency_ms=0, faults={"rate_limited": 0.3})
    command = services.provider(options, 3, tmp_path / "log").command
    assert command[:3] == (sys.executable, "-m", "promptevolver_local.provider")
    assert command[command.index("--faults") + 1] == '{"rate_limited": 0.3}'
    assert command[command.index("--seed") + 1] == "4"


def test_the_last_run_is_remembered(tmp_path: Path) -> None:
    assert Remembered.load(tmp_path) is None
    fresh = Remembered.fresh("digest")
    fresh.save(tmp_path)
    assert Remembered.load(tmp_path) == fresh
    (tmp_path / "last-run.json").write_text("{broken")
    assert Remembered.load(tmp_path) is None


def test_the_tether_runs_the_command_in_its_own_place(tmp_path: Path) -> None:
    out = tmp_path / "pid"
    child = os.fork()
    if child == 0:
        code = f"import os; open({str(out)!r}, 'w').write(str(os.getpid()))"
        parent = str(os.getppid())
        tether = Path(services.__file__).with_name("tether.py")
        words = (str(tether), parent, "9", "-1", "-1", sys.executable, "-c", code)
        os.execv(sys.executable, [sys.executable, "-I", "-S", *words])
    assert os.waitpid(child, 0)[1] == 0
    assert out.read_text() == str(child)
