#!/usr/bin/env python3
"""Write what of the client follows from the OpenAPI document; `--check` only compares."""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from generation.modules import modules

HERE = Path(__file__).parent
PACKAGE = HERE / "src" / "promptevolver_client"
DOCUMENT = HERE.parents[1] / "docs" / "reference" / "openapi.json"

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
    waiting = {
        Path("connection.py"): (PACKAGE / "aio" / "connection.py").read_text("utf-8"),
        Path("client.py"): (PACKAGE / "aio" / "client.py").read_text("utf-8"),
    }
    made = {Path(path): source for path, source in modules(document)}
    for path, source in made.items():
        if path.parts[0] == "aio":
            waiting[path.relative_to("aio")] = source
    made |= {"blocking" / path: blocking(source) for path, source in waiting.items()}
    return {PACKAGE / path: source for path, source in formatted(made).items()}


def formatted(sources: Mapping[Path, str]) -> dict[Path, str]:
    """Order the imports, drop the unused ones, lay the code out."""
    mending = ["check", "--quiet", "--fix-only", "--unsafe-fixes", "--select=I,F401,F811,UP028"]
    settings = ["--no-cache", "--config", str(HERE.parents[1] / "pyproject.toml")]
    with TemporaryDirectory() as folder:
        package = Path(folder) / PACKAGE.name
        for path, source in sources.items():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_text(source, "utf-8")
            for parent in path.parents:
                (package / parent / "__init__.py").touch()  # what ruff knows a package by
        for command in (mending, ["format", "--quiet"]):
            ruff = [sys.executable, "-m", "ruff", *command, *settings, folder]
            subprocess.run(ruff, check=True)  # noqa: S603  our own formatter
        return {path: (package / path).read_text("utf-8") for path in sources}


def left_over(made: Iterable[Path]) -> set[Path]:
    """Name the files that lie where made ones do, and are made no longer."""
    folders = {path.parent for path in made} - {PACKAGE / "aio", PACKAGE / "blocking"}
    return {path for folder in folders for path in folder.glob("*.py")} - set(made)


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    check = parser.parse_args().check
    made = pages()
    old = left_over(made)
    wrong = {p: s for p, s in made.items() if not p.exists() or p.read_text("utf-8") != s}
    if check and (wrong or old):
        names = ", ".join(sorted(str(path.relative_to(PACKAGE)) for path in {*wrong, *old}))
        raise SystemExit(f"the Python client is out of date: {names}; run `make schemas`")
    for path in old:
        path.unlink()
    for path, source in wrong.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, "utf-8")


if __name__ == "__main__":
    main()
