"""Files that no test can run here are read: they must agree with one another and the lock."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from promptevolver_local.commands import app
from typer.core import TyperGroup
from typer.main import get_command

ROOT = Path(__file__).resolve().parents[3]
SERVICES = {"gateway", "optimizer", "evaluator", "history"}
LOCK = (ROOT / "requirements.lock").read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    return loaded


def test_compose_runs_every_service_and_no_simulation(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == SERVICES | {"nats", "postgres", "provision", "jaeger", "prometheus"}
    for name in SERVICES:
        assert services[name]["build"]["args"] == {"SERVICE": name}
        assert services[name]["read_only"]
    assert "promptevolver_local" not in (ROOT / "deploy/Dockerfile").read_text()
    assert "provider" not in services


def test_compose_waits_for_what_each_service_needs(compose: dict[str, Any]) -> None:
    for name in SERVICES:
        needs = compose["services"][name]["depends_on"]
        assert needs["provision"] == {"condition": "service_completed_successfully"}
    assert compose["services"]["history"]["depends_on"]["postgres"]
    for name in ("nats", "postgres", "jaeger", "prometheus"):
        assert compose["services"][name]["healthcheck"]["test"]


def test_compose_passes_on_what_model_calls_need(compose: dict[str, Any]) -> None:
    needed = {
        *("PROMPTEVOLVER_PRICES", "PROMPTEVOLVER_ATTEMPTS", "PROMPTEVOLVER_API_BASE"),
        *("OPENAI_API_KEY", "AZURE_API_KEY", "AWS_SECRET_ACCESS_KEY"),
    }
    for name in ("evaluator", "optimizer"):
        environment = compose["services"][name]["environment"]
        assert needed <= set(environment)
        # Names alone: values come from whoever starts it.
        assert all(value is None for key, value in environment.items() if "KEY" in key)


def test_every_service_is_a_user_of_the_broker_with_a_password_that_has_no_default(
    compose: dict[str, Any],
) -> None:
    given = compose["services"]["nats"]["environment"]
    users_file = (ROOT / "deploy/nats-users.conf").read_text()
    for name in SERVICES:
        variable = f"PROMPTEVOLVER_NATS_PASSWORD_{name.upper()}"
        environment = compose["services"][name]["environment"]
        assert environment["PROMPTEVOLVER_NATS_USER"] == name
        assert environment["PROMPTEVOLVER_NATS_PASSWORD"] == f"${{{variable}}}"
        assert given[variable].startswith(f"${{{variable}:?")
        assert f"user: {name}, password: ${variable}" in users_file


def test_evaluators_can_be_scaled(compose: dict[str, Any]) -> None:
    evaluator = compose["services"]["evaluator"]
    assert "ports" not in evaluator
    assert "container_name" not in evaluator


def test_only_loopback_is_published(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_prometheus_scrapes_every_service() -> None:
    loaded = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text())
    assert set(loaded["scrape_configs"][0]["dns_sd_configs"][0]["names"]) == SERVICES


def test_the_image_installs_what_the_service_declares() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text()
    for service in SERVICES:
        declared = _members(ROOT / "services" / service / "pyproject.toml")
        (libs,) = re.findall(rf'(?m)^ +(?:\S+\|)?{service}(?:\|\S+)?\) libs="([^"]*)"', text)
        installed = {"contracts", *(path.removeprefix("libs/") for path in libs.split())}
        assert declared <= installed, service


def _members(pyproject: Path) -> set[str]:
    dependencies = tomllib.loads(pyproject.read_text())["project"]["dependencies"]
    prefix = "promptevolver-"
    return {name.removeprefix(prefix) for name in dependencies if name.startswith(prefix)}


def test_every_locked_package_has_hashes_and_no_address() -> None:
    pins = re.findall(r"(?m)^[A-Za-z0-9_.-]+==.*$", LOCK)
    assert len(pins) > 50
    assert all(pin.endswith("\\") for pin in pins)
    assert not re.search(r"(?m)^(-|#)|://", LOCK)


def test_every_declared_dependency_is_locked() -> None:
    locked = {name.lower() for name in re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", LOCK)}
    for pyproject in ROOT.glob("*/**/pyproject.toml"):
        if ".venv" in pyproject.parts:
            continue
        for dependency in tomllib.loads(pyproject.read_text())["project"]["dependencies"]:
            name = re.split(r"[\[<>=~!; ]", dependency)[0].lower()
            assert name.startswith("promptevolver-") or name in locked, f"{name}: make lock"


@pytest.mark.parametrize("pattern", (ROOT / ".ci/pure-code.txt").read_text().split())
def test_the_pure_code_that_coverage_is_held_to_is_there(pattern: str) -> None:
    assert list(ROOT.glob(pattern))


@pytest.mark.parametrize("command", ["run", "serve"])
def test_make_passes_every_option_of_a_command_and_no_other(command: str) -> None:
    takes = {name.replace("_", "-") for name in _options(command)}
    variables = [f"{name.upper().replace('-', '_')}=x" for name in {*takes, *_options("run")}]
    printed = subprocess.run(
        ["make", "-n", command, *variables], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"--([a-z-]+) \"x\"", printed.stdout)) == takes


def _options(command: str) -> set[str]:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return {parameter.name or "" for parameter in group.commands[command].params} - {"help"}


def test_help_lists_every_target() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"(?m)^\.PHONY: (\S+)", makefile)
    assert len(targets) >= 12
    for target in targets:
        assert f"make {target} " in listed.stdout
