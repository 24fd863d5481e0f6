"""The command that writes or compares the documents."""

import argparse
from pathlib import Path

from promptevolver_contracts.documents.files import differences, write


def main() -> None:
    """Write or compare the documents."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    arguments = parser.parse_args()
    if not arguments.check:
        write(arguments.directory)
    elif wrong := differences(arguments.directory):
        names = ", ".join(str(path) for path in wrong)
        raise SystemExit(f"out of date: {names}; run `make schemas`")
