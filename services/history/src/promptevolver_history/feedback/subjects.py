"""What feedback is about, as history knows it."""

import json
from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.datasets import Split
from promptevolver_contracts.feedback import About, GiveFeedback

from promptevolver_history.database import Session
from promptevolver_history.feedback.failures import missing, wrong


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing itself, with what is known of it."""

    about: About
    program: str
    set_id: str | None = None
    inputs: dict[str, Any] | None = None
    output: str | None = None
    split: Split | None = None


async def subject_of(session: Session, question: GiveFeedback) -> Subject:
    """Find what feedback is about. Raises QueryFailed `not_found` for what is not there."""
    about = question.about
    if about.prompt is not None:
        return await _version(session, question, about)
    run = await session.row("find_feedback_run", question.project, about.run_id, about.candidate_id)
    if run is None:
        raise missing(f"run {about.run_id}")
    if about.candidate_id is None and run["ended_with"] is None:
        raise wrong("/candidate_id", "the run has no winner yet; name a candidate")
    if run["candidate_id"] is None:
        raise missing(f"candidate {about.candidate_id} in run {about.run_id}")
    about = about.model_copy(update={"candidate_id": run["candidate_id"]})
    found = Subject(about, run["program"], run["set_id"])
    return found if about.example_id is None else await _output(session, found, question.project)


async def _version(session: Session, question: GiveFeedback, about: About) -> Subject:
    row = await session.row("find_feedback_version", question.project, about.prompt, about.version)
    if row is None:
        raise missing(f"version {about.version} of prompt {about.prompt}")
    return Subject(
        about.model_copy(update={"prompt": row["prompt_id"]}),
        row["program"],
        inputs=question.inputs,
        output=question.output,
    )


async def _output(session: Session, found: Subject, project: str) -> Subject:
    about = found.about
    row = await session.row(
        "find_feedback_output", about.run_id, about.candidate_id, about.example_id, about.repeat
    )
    if row is None:
        raise missing(
            f"answer {about.repeat} of candidate {about.candidate_id} to example "
            f"{about.example_id} in run {about.run_id}"
        )
    example = await session.row("find_set_example", found.set_id, about.example_id, project)
    body = {} if example is None else json.loads(example["body"])
    return Subject(
        about,
        found.program,
        found.set_id,
        inputs=body.get("inputs"),
        output=row["output"],
        split=None if example is None else example["split"],
    )
