#!/usr/bin/env python3
"""Write the reference pages from the code that they describe; `--check` only compares."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from reference_pages import api, errors, filters, kinds, live, settings, subjects, telemetry

REFERENCE = Path(__file__).parent / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "api.md": api.page,
    "errors.md": errors.page,
    "filters.md": filters.page,
    "live.md": live.page,
    "live.schema.json": live.document,
    "metrics-and-strategies.md": kinds.page,
    "openapi.json": api.document,
    "settings.md": settings.page,
    "subjects.md": subjects.page,
    "telemetry.md": telemetry.page,
}


def differences(wanted: Mapping[str, str]) -> list[str]:
    """Give the pages that are missing or out of date."""
    return [
        name
        for name, text in wanted.items()
        if not (REFERENCE / name).exists() or (REFERENCE / name).read_text("utf-8") != text
    ]


def main() -> None:
    """Write or compare the reference pages."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    check = parser.parse_args().check
    wanted = {name: page() for name, page in PAGES.items()}
    wrong = differences(wanted)
    if check and wrong:
        raise SystemExit(f"docs/reference is out of date: {', '.join(wrong)}; run `make schemas`")
    REFERENCE.mkdir(exist_ok=True)
    for name in wrong:
        (REFERENCE / name).write_text(wanted[name], "utf-8")


if __name__ == "__main__":
    main()
