#!/usr/bin/env python3
"""Write what of the client follows from the OpenAPI document; `--check` only compares."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from generation import operations, types

HERE = Path(__file__).parent
PACKAGE = HERE / "src" / "promptevolver_client"
DOCUMENT = HERE.parents[1] / "docs" / "reference" / "openapi.json"

_MODELS = '''"""What the API takes and gives; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
'''
_RESOURCES = '''"""The API's operations; made by derive.py from the document."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.calls import AsyncContent, Call, path
from promptevolver_client.events import Event
from promptevolver_client.model import plain
'''
_BLOCKING = (
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"asyncio", "time"),
    (r"\baio\b", "blocking"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\ba(close|read|iter_lines|iter_bytes)\b", r"\1"),
    (r"__a(enter|exit)__", r"__\1__"),
)
"""What tells waiting code from blocking code, everywhere in this package."""


def blocking(source: str) -> str:
    """Turn a module that waits into one that blocks."""
    for pattern, replacement in _BLOCKING:
        source = re.sub(pattern, replacement, source)
    made = "# Made by clients/python/derive.py from the module of the same name in aio.\n"
    return made + source


def pages() -> dict[Path, str]:
    """Give every file that is made, formatted."""
    document = json.loads(DOCUMENT.read_text("utf-8"))
    waiting, blocked = PACKAGE / "aio", PACKAGE / "blocking"
    every = list(operations.operations(document))
    resources = _RESOURCES + "".join(operations.module(every))
    made = {
        PACKAGE / "models.py": _MODELS + "".join(types.module(document["components"]["schemas"])),
        waiting / "resources.py": resources,
        blocked / "resources.py": blocking(resources),
        blocked / "connection.py": blocking((waiting / "connection.py").read_text("utf-8")),
        blocked / "client.py": blocking((waiting / "client.py").read_text("utf-8")),
    }
    return {path: formatted(path, source) for path, source in made.items()}


def formatted(path: Path, source: str) -> str:
    """Order the imports, drop the unused ones, lay the code out."""
    mending = ["check", "--quiet", "--fix-only", "--unsafe-fixes", "--select=I,F401,F811,UP028"]
    for command in (mending, ["format", "--quiet"]):
        source = subprocess.run(  # noqa: S603  our own formatter
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", path, "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return source


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    check = parser.parse_args().check
    wrong = {p: s for p, s in pages().items() if not p.exists() or p.read_text("utf-8") != s}
    if check and wrong:
        names = ", ".join(sorted(path.name for path in wrong))
        raise SystemExit(f"the Python client is out of date: {names}; run `make schemas`")
    for path, source in wrong.items():
        path.write_text(source, "utf-8")


if __name__ == "__main__":
    main()
