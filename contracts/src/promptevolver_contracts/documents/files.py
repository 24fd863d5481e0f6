"""The files that the documents are kept in, and the list of golden samples."""

import hashlib
import json
from pathlib import Path
from typing import Any

from promptevolver_contracts.documents.asyncapi import asyncapi
from promptevolver_contracts.documents.messages import message_schemas

MANIFEST = "samples.sha256"


def manifest(directory: Path) -> str:
    """List the golden samples with their digests.

    Known lines stay as they are, whatever became of the samples: a changed or missing one shows.
    """
    path = directory / MANIFEST
    known = read_manifest(path.read_text("utf-8")) if path.exists() else {}
    for sample in (directory / "samples").glob("*.json"):
        known.setdefault(sample.name, hashlib.sha256(sample.read_bytes()).hexdigest())
    return "".join(f"{known[name]}  {name}\n" for name in sorted(known))


def read_manifest(text: str) -> dict[str, str]:
    """Give the digests by sample name."""
    pairs = (line.split("  ", 1) for line in text.splitlines())
    return {name: hexdigest for hexdigest, name in pairs}


def contents(directory: Path) -> dict[Path, str]:
    """Give what each generated file should hold."""
    documents = {**message_schemas(), "asyncapi": asyncapi()}
    files = {directory / f"{name}.json": _spell(value) for name, value in documents.items()}
    files[directory / MANIFEST] = manifest(directory)
    return files


def differences(directory: Path) -> list[Path]:
    """Give the generated files that are missing, out of date or left over."""
    wanted = contents(directory)
    stale = set(directory.glob("*.json")) - set(wanted)
    wrong = {p for p, text in wanted.items() if not p.exists() or p.read_text("utf-8") != text}
    return sorted(stale | wrong)


def write(directory: Path) -> None:
    """Write every generated file, and remove what no message stands behind."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = contents(directory)
    for left_over in set(directory.glob("*.json")) - set(wanted):
        left_over.unlink()
    for path, text in wanted.items():
        path.write_text(text, "utf-8")


def _spell(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
