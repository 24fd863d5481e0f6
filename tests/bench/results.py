"""Where figures go: `docs/reference/performance.json`, and the tables made from it."""

import json
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine, report

FILE = Path(__file__).parents[2] / "docs" / "reference" / "performance.json"

type Row = dict[str, Any]


def record(section: str, rows: Sequence[Row]) -> None:
    """Replace a section's rows, write the file and the page, and print the table.

    Figures of another machine or of other versions are dropped: they do not stand side by side.
    """
    here = machine.describe()
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    sections = known["sections"] if known.get("machine") == here else {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    sections[section] = {"measured": now, "rows": list(rows)}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": here, "sections": sections}
    FILE.write_text(json.dumps(document, indent=2) + "\n")
    report.render(document)
    print(f"\n{section}\n{report.table(section, rows)}", flush=True)  # noqa: T201 - for who waits


def middle(values: Iterable[float], digits: int = 2) -> float:
    """Give the median of repeated measurements."""
    return round(statistics.median(values), digits)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
