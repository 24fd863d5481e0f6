"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from promptevolver_contracts import runs

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id")]
Program = Annotated[Path | None, typer.Argument(help="Program (YAML), or a prompt (.txt, .md)")]
Data = Annotated[Path | None, typer.Argument(help="Examples: JSON lines, or CSV")]
RunFile = Annotated[Path | None, typer.Option("--run", help="run.yaml: files, metrics, budget …")]
Metrics = Annotated[Path | None, typer.Option(help="YAML with `metrics: […]`")]
Model = Annotated[str | None, typer.Option(help="openai/…, anthropic/…, gemini/…, ollama/…")]
Reflection = Annotated[str | None, typer.Option(help="Model that writes mutations")]
Judge = Annotated[str | None, typer.Option(help="Model that judges outputs")]
Calls = Annotated[int | None, typer.Option(min=1, help="Most model calls")]
Tokens = Annotated[int | None, typer.Option(min=1, help="Most tokens")]
Usd = Annotated[float | None, typer.Option(min=0, help="Most US dollars")]
Seconds = Annotated[float | None, typer.Option(min=1, help="Longest wall time")]
Seed = Annotated[int | None, typer.Option(min=0)]
Repeats = Annotated[int | None, typer.Option(min=1, max=20, help="Answers for each example")]
WhenExhausted = Annotated[
    runs.WhenExhausted | None,
    typer.Option(help="At the budget's end: sit the exam, or wait for a top-up or resume"),
]
Name = Annotated[str | None, typer.Option(help="Shown in lists and reports")]
Detach = Annotated[bool, typer.Option("--detach", help="Submit and return at once")]
Reason = Annotated[str, typer.Option(help="Kept with the run")]
