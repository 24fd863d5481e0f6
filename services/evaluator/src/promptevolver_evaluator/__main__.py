"""Run the evaluator: `python -m promptevolver_evaluator`."""

from promptevolver_runtime.service import run_service

from promptevolver_evaluator.app import NAME, App
from promptevolver_evaluator.settings import Settings


def main() -> None:
    """Run until told to stop."""
    run_service(NAME, Settings, App)


if __name__ == "__main__":
    main()
