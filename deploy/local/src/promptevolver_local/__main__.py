"""`python -m promptevolver_local run|serve`."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run a command; Ctrl-C is heard from the first moment, so imports wait until here."""
    try:
        from promptevolver_local.commands import app  # noqa: PLC0415 - takes a second

        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
