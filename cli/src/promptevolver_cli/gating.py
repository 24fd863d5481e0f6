"""The gate's work: start what is to be judged, wait for it, ask, and write what follows."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import typer
from promptevolver_client import ApiError, AsyncClient, Unreachable, Unreadable, models
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.runs import TERMINAL

from promptevolver_cli import gate_report
from promptevolver_cli.files import Job
from promptevolver_cli.gate import (
    ITS_ORIGIN,
    WRONG_INPUT,
    Judgement,
    Requirement,
    of_comparison,
    of_run,
    open_question,
)
from promptevolver_cli.running import Target, complain, started


class Pair(Protocol):
    """What is judged, and what it is compared with."""

    async def runs(self, client: AsyncClient) -> tuple[str, str | None]:
        """Give the run and its baseline; None: the program that it started from."""
        ...

    def unanswered(self, why: str) -> Judgement:
        """Give what is left to say when the API does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """Runs that there are."""

    run: str
    baseline: str | None
    wait: bool

    async def runs(self, client: AsyncClient) -> tuple[str, str | None]:
        """Give them, ended when that is to be waited for."""
        if self.wait:
            await _ended(client, [run for run in (self.run, self.baseline) if run is not None])
        return self.run, self.baseline

    def unanswered(self, why: str) -> Judgement:
        """Leave the run undecided."""
        against = ITS_ORIGIN if self.baseline is None else f"run {self.baseline}"
        return open_question(self.run, against, why)


@dataclass(frozen=True, slots=True)
class Scored:
    """A program, and a version of the registry, to be scored on the same examples now."""

    job: Job
    prompt: str
    label: str

    async def runs(self, client: AsyncClient) -> tuple[str, str | None]:
        """Score both, and wait for both."""
        current = await client.prompts.get_label(self.prompt, self.label)
        program = current.version.program.model_dump(mode="json", exclude_unset=True)
        changes = {"program": program, "name": f"{self.prompt}@{self.label}"}
        baseline = (await client.evaluations.create(self.job.body() | changes)).run_id
        run = await started(client, self.job, str(uuid4()))
        await _ended(client, [run, baseline])
        return run, baseline

    def unanswered(self, why: str) -> Judgement:
        """Leave the program undecided, whether a run of it was started or not."""
        return open_question("unknown", f"{self.prompt}@{self.label}", why)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a run."""

    requirement: Requirement
    minima: dict[str, float]
    margin: float | None = None
    split: Split | None = None
    claims: tuple[str, ...] = ()
    """Metrics that are compared; none: the weighted score"""


@dataclass(frozen=True, slots=True)
class Reports:
    """Where the judgement is written."""

    junit: Path | None = None
    markdown: Path | None = None
    as_json: bool = False

    def check(self) -> None:
        """Refuse files without a folder before anything is asked or paid."""
        for file in (self.junit, self.markdown):
            if file is not None and not file.parent.is_dir():
                raise typer.BadParameter(f"{file}: there is no folder '{file.parent}'; make it")

    def write(self, judgement: Judgement, target: Target) -> None:
        if self.as_json:
            target.out.print_json(json.dumps(judgement.plain()))
        else:
            target.out.print(gate_report.table(judgement))
        if self.junit is not None:
            self.junit.write_text(gate_report.junit(judgement), "utf-8")
        if self.markdown is not None:
            with self.markdown.open("a", encoding="utf-8") as summary:
                summary.write(gate_report.markdown(judgement))


async def judge(target: Target, pair: Pair, wanted: Wanted, reports: Reports) -> None:
    """Judge, report, and end with the code that says how it ended.

    What the API refuses is wrong input; an API that is away leaves the question open.
    """
    reports.check()
    try:
        async with target.client() as client:
            run, baseline = await pair.runs(client)
            judgement = await _judged(client, run, baseline, wanted)
    except (ApiError, Unreachable, Unreadable) as error:
        complain(target, error)
        if isinstance(error, ApiError) and not _passing(error):
            raise typer.Exit(WRONG_INPUT) from error
        judgement = pair.unanswered(str(error))
    try:
        reports.write(judgement, target)
    except OSError as error:
        complain(target, error)
        raise typer.Exit(WRONG_INPUT) from error
    raise typer.Exit(int(judgement.outcome))


def _passing(error: ApiError) -> bool:
    return error.status >= 500 or error.status == 429


async def _judged(
    client: AsyncClient, run_id: str, baseline: str | None, wanted: Wanted
) -> Judgement:
    if baseline is None:
        run = await client.runs.get(run_id)
        return of_run(run, wanted.requirement, wanted.minima, await _means(client, run))
    view = await client.runs.compare(
        run1=baseline,
        run2=run_id,
        margin=wanted.margin,
        split=wanted.split,
        gates=wanted.claims or None,
    )
    return of_comparison(view, wanted.requirement, wanted.minima)


async def _means(client: AsyncClient, run: models.RunDetail) -> dict[str, float]:
    """Give the newest means of what the run brought, of the exam where there was one."""
    candidate = run.winner or run.best or run.original
    if candidate is None:
        return {}
    taken = (await client.runs.get_candidate(run.run_id, candidate)).measurements
    if not taken:
        return {}
    best = max(taken, key=lambda each: (each.kind == "exam", each.kind == "full", each.seq))
    return {"score": best.mean, **(best.means or {})}


async def _ended(client: AsyncClient, runs: Sequence[str]) -> None:
    async def one(run_id: str) -> None:
        async for run in client.watch(run_id):
            if run.state in TERMINAL:
                return

    await asyncio.gather(*map(one, runs))
