"""The provider as a process of its own."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from support.triage import TRIAGE
from support.waiting import wait_until_sync

_COMMAND = [sys.executable, "-m", "promptevolver_local.provider", "--landscape"]


def test_it_names_its_port_and_stops_on_sigterm(tmp_path: Path) -> None:
    ports = tmp_path / "ports.json"
    process = subprocess.Popen(
        [*_COMMAND, str(TRIAGE / "landscape.yaml"), "--ports-file", str(ports)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_sync(ports.exists, what="the ports file")
        port = json.loads(ports.read_text())["provider"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as response:
            assert json.load(response)["status"] == "ok"
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output == f"simulated provider on http://127.0.0.1:{port}/v1\n"


def test_a_bad_landscape_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("name: x")
    done = subprocess.run(
        [*_COMMAND, str(path)], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 1
    assert "bad.yaml" in done.stderr
