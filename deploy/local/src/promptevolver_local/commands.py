"""The commands `run` and `serve`."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from promptevolver_cli.documents import FileError
from promptevolver_cli.files import Job, read_job
from promptevolver_cli.running import FAILED, INTERRUPTED, WRONG_INPUT, caps
from promptevolver_client import ApiError, Unreachable
from pydantic import ValidationError
from rich.console import Console

from promptevolver_local.process import StartFailed
from promptevolver_local.registry import StackRunning
from promptevolver_local.services import EXAMPLE, ROOT, SIMULATED, Models, Provider
from promptevolver_local.session import evolve, serve
from promptevolver_local.stack import Stack, preferred_api_port

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, help="PromptEvolver on one machine."
)

Var = Annotated[Path, typer.Option(help="Folder for all data and logs")]
Model = Annotated[str | None, typer.Option(envvar="PROMPTEVOLVER_MODEL", help="Else simulated")]
Reflection = Annotated[str | None, typer.Option(help="Writes mutations; else the model does")]
Judge = Annotated[str | None, typer.Option(help="Judges outputs; else the model does")]
Landscape = Annotated[Path | None, typer.Option(help="What the simulated models know")]
Evaluators = Annotated[int, typer.Option(min=1)]
_VAR = ROOT / "var"


@app.command("run")
def run_command(  # noqa: PLR0913, PLR0917 - typer declares options in signatures
    program: Annotated[Path | None, typer.Option(help="Program (YAML) or prompt (.txt)")] = None,
    data: Annotated[Path | None, typer.Option(help="Examples: JSON lines, or CSV")] = None,
    run: Annotated[Path | None, typer.Option(help="run.yaml: metrics, budget, …")] = None,
    model: Model = None,
    reflection_model: Reflection = None,
    judge_model: Judge = None,
    strategy: Annotated[str | None, typer.Option()] = None,
    seed: Annotated[int | None, typer.Option(min=0)] = None,
    budget_calls: Annotated[int | None, typer.Option(min=1)] = None,
    budget_tokens: Annotated[int | None, typer.Option(min=1)] = None,
    budget_usd: Annotated[float | None, typer.Option(min=0)] = None,
    budget_seconds: Annotated[float | None, typer.Option(min=1)] = None,
    landscape: Landscape = None,
    evaluators: Evaluators = 2,
    var: Var = _VAR,
) -> None:
    """Evolve the example, or a program of one's own, and stop everything afterwards."""
    console = Console()

    async def work() -> int:
        own = program is not None or data is not None or run is not None
        if own and model is None and landscape is None:
            raise typer.BadParameter(
                "the simulated models know the example alone; name a real one with MODEL=…, "
                "or describe your task to them with LANDSCAPE=FILE"
            )
        job = _job(program, data, run if own else EXAMPLE / "run.yaml").with_settings(
            strategy={"name": strategy} if strategy else None,
            budget=caps(
                calls=budget_calls, tokens=budget_tokens, usd=budget_usd, seconds=budget_seconds
            ),
            seed=seed,
        )
        stack = Stack(
            var,
            evaluators=evaluators,
            models=_models(model, reflection_model, judge_model),
            provider=Provider(landscape=landscape) if landscape else None,
        )
        _log_to(stack.var)
        return await evolve(stack, job, console)

    raise typer.Exit(_finish(work(), console))


@app.command("serve")
def serve_command(
    model: Model = None,
    reflection_model: Reflection = None,
    judge_model: Judge = None,
    landscape: Landscape = None,
    evaluators: Evaluators = 2,
    var: Var = _VAR,
) -> None:
    """Keep the stack up for the API and the command line."""
    console = Console()

    async def work() -> int:
        stack = Stack(
            var,
            evaluators=evaluators,
            models=_models(model, reflection_model, judge_model),
            provider=Provider(landscape=landscape) if landscape else None,
            gateway_port=preferred_api_port(),
        )
        _log_to(stack.var)
        await serve(stack, console)
        return 0

    code = _finish(work(), console)
    raise typer.Exit(0 if code == INTERRUPTED else code)


def _job(program: Path | None, data: Path | None, run: Path | None) -> Job:
    return read_job(program, data, run=run)


def _models(task: str | None, reflection: str | None, judge: str | None) -> Models:
    if task is None:
        return SIMULATED
    return Models(task=task, reflection=reflection or task, judge=judge or task)


def _log_to(var: Path) -> None:
    """Write the supervisor's own log beside those of its processes."""
    (var / "log").mkdir(parents=True, exist_ok=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory((var / "log" / "stack.log").open("a")),
    )


def _finish(work: Coroutine[Any, Any, int], console: Console) -> int:
    """Run it to its end; SIGTERM is taken as Ctrl-C."""

    async def stoppable() -> int:
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await task

    try:
        return asyncio.run(stoppable())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except (FileError, ValidationError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return WRONG_INPUT
    except (ApiError, Unreachable, StackRunning, StartFailed) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return FAILED
