"""`python -m promptevolver_optimizer`."""

from promptevolver_runtime.service import run_service

from promptevolver_optimizer.app import App
from promptevolver_optimizer.settings import Settings


def main() -> None:
    """Run the optimizer until it is told to stop."""
    run_service("optimizer", Settings, App)


if __name__ == "__main__":
    main()
