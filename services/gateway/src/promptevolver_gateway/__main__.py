"""`promptevolver-gateway`: run the gateway until SIGTERM."""

from promptevolver_runtime.service import run_service

from promptevolver_gateway.app import App
from promptevolver_gateway.settings import Settings


def main() -> None:
    """Run the gateway."""
    run_service("gateway", Settings, App)


if __name__ == "__main__":
    main()
