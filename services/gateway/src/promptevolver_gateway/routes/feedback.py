"""What people say about outputs, candidates and prompt versions."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.feedback import (
    GET_FEEDBACK,
    GIVE_FEEDBACK,
    LIST_FEEDBACK,
    LIST_RUN_NOTES,
    WITHDRAW_FEEDBACK,
    FeedbackView,
    GetFeedback,
    GiveFeedback,
    ListFeedback,
    ListRunNotes,
    WithdrawFeedback,
)
from promptevolver_contracts.ids import CandidateId, RunId, new_id
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import answered
from promptevolver_gateway.feedback.bodies import FeedbackBody, FeedbackList, RunFeedback
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import RUN_ID

router = APIRouter(prefix=PREFIX, tags=["feedback"])

FeedbackId = Annotated[str, Path(pattern=RUN_ID, description="Id of the feedback")]
Reader = Annotated[Identity, allowed("feedback:read")]
Writer = Annotated[Identity, allowed("feedback:write")]

_ONE = documented(ErrorCode.NOT_FOUND)
_ID = TypeAdapter(tuple[str])


@router.post("/feedback", status_code=201, summary="Give feedback", responses=_ONE)
async def give(
    body: FeedbackBody, caller: Writer, gateway: Parts, response: Response
) -> FeedbackView:
    """Rate, correct or comment an output, a candidate or a prompt's version.

    It teaches: a correction becomes an item of a dataset's draft (`draft_item`, or `draft_note`
    says why not; the scope `data:write` is needed for it too), ratings show how far a metric agrees
    with people, and runs of the same program offer all of it to their operators as evidence.
    """
    question = GiveFeedback(
        project=caller.project,
        feedback_id=new_id(),
        about=body.about(),
        opinion=body.opinion(),
        inputs=body.inputs,
        output=body.output,
        dataset_id=body.dataset_id,
        may_draft="data:write" in caller.scopes,
        by=caller.actor,
    )
    view = await gateway.bus.ask(GIVE_FEEDBACK, question)
    response.headers["Location"] = f"{PREFIX}/feedback/{view.feedback_id}"
    return view


@dataclass(frozen=True, slots=True)
class FeedbackParameters:
    """The query parameters of the list of feedback."""

    run_id: Annotated[RunId | None, Query(pattern=RUN_ID, description="About this run")] = None
    candidate_id: Annotated[
        CandidateId | None, Query(max_length=128, description="About this candidate")
    ] = None
    example_id: Annotated[
        str | None, Query(max_length=200, description="About answers to this example")
    ] = None
    prompt: Annotated[
        str | None, Query(pattern=RUN_ID, description="About versions of the prompt with this id")
    ] = None
    withdrawn: Annotated[bool, Query(description="Give the withdrawn ones too")] = False
    cursor: Cursor = None
    limit: Limit = 50

    @property
    def filters(self) -> dict[str, str | bool | None]:
        """What a cursor of the list is bound to."""
        return {
            "list": "feedback",
            "run_id": self.run_id,
            "candidate_id": self.candidate_id,
            "example_id": self.example_id,
            "prompt": self.prompt,
            "withdrawn": self.withdrawn,
        }


@router.get(
    "/feedback", summary="List feedback", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH)
)
async def feedback(
    caller: Reader, gateway: Parts, wanted: Annotated[FeedbackParameters, Depends()]
) -> FeedbackList:
    """List what people said, newest first."""
    filters = wanted.filters
    page = await gateway.bus.ask(
        LIST_FEEDBACK,
        ListFeedback(
            project=caller.project,
            run_id=wanted.run_id,
            candidate_id=wanted.candidate_id,
            example_id=wanted.example_id,
            prompt=wanted.prompt,
            withdrawn=wanted.withdrawn,
            before=cursors.decode(wanted.cursor, filters, _ID)[0] if wanted.cursor else None,
            limit=wanted.limit,
        ),
    )
    following = cursors.encode([page.feedback[-1].feedback_id], filters) if page.more else None
    return FeedbackList(data=page.feedback, page=Page(next_cursor=following, limit=wanted.limit))


@router.get(
    "/feedback/{feedback_id}",
    summary="Read feedback",
    responses=_ONE,
    response_model=FeedbackView,
)
async def read(
    feedback_id: FeedbackId, caller: Reader, gateway: Parts, request: Request, response: Response
) -> FeedbackView | Response:
    """Give one feedback, with the runs that used it."""
    question = GetFeedback(project=caller.project, feedback_id=feedback_id)
    return answered(request, response, await gateway.bus.ask(GET_FEEDBACK, question))


@router.delete("/feedback/{feedback_id}", summary="Withdraw feedback", responses=_ONE)
async def withdraw(feedback_id: FeedbackId, caller: Writer, gateway: Parts) -> FeedbackView:
    """Let it teach no longer. It stays readable, and what it taught stays as it is."""
    question = WithdrawFeedback(project=caller.project, feedback_id=feedback_id, by=caller.actor)
    return await gateway.bus.ask(WITHDRAW_FEEDBACK, question)


@router.get("/runs/{run_id}/feedback", summary="Read a run's feedback", responses=_ONE)
async def of_run(
    run_id: Annotated[RunId, Path(pattern=RUN_ID, description="Id of the run")],
    caller: Reader,
    gateway: Parts,
) -> RunFeedback:
    """Give what the run took along and used, and what was said about it since."""
    taken = await gateway.bus.ask(
        LIST_RUN_NOTES, ListRunNotes(project=caller.project, run_id=run_id)
    )
    given = await gateway.bus.ask(
        LIST_FEEDBACK, ListFeedback(project=caller.project, run_id=run_id)
    )
    return RunFeedback(taken_along=taken.notes, given=given.feedback)
