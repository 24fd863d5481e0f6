"""The registry of prompts: the way back, and the way up of what a run found."""

from fastapi import APIRouter, Response
from promptevolver_contracts.prompts import (
    PROMOTE,
    ROLL_BACK_LABEL,
    Found,
    LabelView,
    Promote,
    Promoted,
    RollBackLabel,
)

from promptevolver_gateway.etags import IfMatch, etag_of
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.prompts.bodies import PromotionBody, RollbackBody
from promptevolver_gateway.routes.prompt_labels import (
    CHANGING,
    MOVING,
    Writer,
    override_of,
    revision_of,
)
from promptevolver_gateway.routes.prompts import PromptId

router = APIRouter(prefix=f"{PREFIX}/prompts/{{prompt_id}}", tags=["prompts"])


@router.post("/rollback", summary="Roll a label back", responses=CHANGING)
async def roll_back(
    prompt_id: PromptId,
    body: RollbackBody,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> LabelView:
    """Point a label to where it pointed before; again, to where it pointed before that.

    No verdict is asked for: the version was there before, and a way back must not wait.
    """
    view = await gateway.bus.ask(
        ROLL_BACK_LABEL,
        RollBackLabel(
            project=caller.project,
            prompt=prompt_id,
            label=body.label,
            reason=body.reason,
            revision=await revision_of(gateway, caller, prompt_id, body.label, if_match),
            admin="admin" in caller.scopes,
            by=caller.actor,
        ),
    )
    response.headers["ETag"] = etag_of(view)
    return view


@router.post("/promote", summary="Promote what a run found", responses=MOVING)
async def promote(
    prompt_id: PromptId,
    body: PromotionBody,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> Promoted:
    """Make a version of a run's winner, unless there is one, and point a label to it.

    Both happen or neither. The label's guard holds as for every move.
    """
    promoted = await gateway.bus.ask(
        PROMOTE,
        Promote(
            project=caller.project,
            prompt=prompt_id,
            source=Found(run_id=body.run_id, candidate_id=body.candidate_id),
            label=body.label,
            note=body.note,
            reason=body.reason,
            override=override_of(body.override),
            revision=await revision_of(gateway, caller, prompt_id, body.label, if_match),
            admin="admin" in caller.scopes,
            simulated=gateway.settings.simulated,
            by=caller.actor,
        ),
    )
    response.headers["ETag"] = etag_of(promoted.label)
    return promoted
