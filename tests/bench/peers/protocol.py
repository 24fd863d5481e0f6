"""What every tool's script shares; runs in the tools' environment, so it needs Python alone.

A script reads one line per batch, the path of a JSON file with a list of {"body", "expected"}, and
answers with a line of JSON as the bare loops do.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

type Batch = Callable[[list[dict[str, Any]]], int]


def serve(batch: Batch) -> None:
    """Answer until the input ends. `batch` evaluates the cases and gives how many were right."""
    answers = sys.stdout
    for line in sys.stdin:
        cases = json.loads(Path(line.strip()).read_text("utf-8"))
        # Tools print progress and reports; those go to the log.
        with contextlib.redirect_stdout(sys.stderr):
            wall, cpu = time.perf_counter(), time.process_time()
            right = batch(cases)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        answers.write(json.dumps({"calls": right, "seconds": wall, "cpu_s": cpu}) + "\n")
        answers.flush()
