"""A real MLflow server, from an environment of its own that is made once and kept."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from promptevolver_local.ports import free_port

from support.waiting import wait_until_sync

if TYPE_CHECKING:
    from mlflow import MlflowClient

_ROOT = Path(__file__).parents[2]
_REQUIREMENTS = Path(__file__).parent / "mlflow" / "requirements.txt"
_HOME = _ROOT / "var" / "mlflow"


def installed() -> Path:
    """Give the environment's interpreter; make the environment when its pins are others."""
    _HOME.mkdir(parents=True, exist_ok=True)
    python, stamp = _HOME / "env" / "bin" / "python", _HOME / "installed.txt"
    with (_HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_bytes() == _REQUIREMENTS.read_bytes()):
            uv = [sys.executable, "-m", "uv"]
            made = ["venv", "--quiet", "--clear", "--python", sys.executable, str(_HOME / "env")]
            subprocess.run([*uv, *made], check=True)
            pinned = ["--require-hashes", "--requirement", str(_REQUIREMENTS)]
            subprocess.run(
                [*uv, "pip", "install", "--quiet", "--python", str(python), *pinned], check=True
            )
            shutil.copyfile(_REQUIREMENTS, stamp)
    return python


class MlflowServer:
    """A server on SQLite and local artifacts. It keeps its address and data over a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            *(str(installed()), "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--backend-store-uri", f"sqlite:///{self._folder}/mlflow.db"),
            *("--artifacts-destination", str(self._folder / "artifacts")),
        ]
        environment = {
            **os.environ,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        wait_until_sync(self._answers, what=f"MLflow answers; see {log.name}", within=110)

    def kill(self) -> None:
        """End it at once, with the workers that it started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def client(self) -> "MlflowClient":
        """Give a client of it."""
        from mlflow import MlflowClient  # noqa: PLC0415  it takes seconds: not at collection

        return MlflowClient(self.url)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "MLflow ended"
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=30) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False
