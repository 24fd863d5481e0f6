"""What a figure was measured on: without it no figure means anything."""

import importlib.metadata
import platform
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = ("litellm", "aiohttp", "pydantic", "nats-py", "faststream", "fastapi", "asyncpg")


def describe() -> dict[str, Any]:
    """Name processor, memory and versions."""
    return {
        "cores": psutil.cpu_count(),
        "cpu": _cpu(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
