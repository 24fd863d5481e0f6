"""Templates filled in: the request that one gives, and the run of it."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Response
from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.answers import Accepted
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.optimize import STARTING, start
from promptevolver_gateway.routes.parameters import IdempotencyKey
from promptevolver_gateway.routes.templates import Reader, TemplateId, shelf_of
from promptevolver_gateway.schemas import OptimizeBody
from promptevolver_gateway.templates.answers import TemplateAnswer, TemplateInstance
from promptevolver_gateway.templates.bodies import InstanceBody, TemplateRunBody
from promptevolver_gateway.templates.instances import instance, resolved
from promptevolver_gateway.templates.shelf import example_data

router = APIRouter(prefix=f"{PREFIX}/templates", tags=["templates"])

_RUNNING = STARTING | documented(ErrorCode.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Instance:
    """A template with the request that it gave."""

    template: TemplateAnswer
    values: dict[str, Any]
    request: OptimizeBody


@router.post(
    "/{template_id}/instantiate",
    summary="Fill a template in",
    responses=documented(ErrorCode.NOT_FOUND),
)
async def instantiate(
    template_id: TemplateId, body: InstanceBody, caller: Reader, gateway: Parts
) -> TemplateInstance:
    """Give the request that a template makes of parameters: ready to be read, changed, sent."""
    made = await _instance(gateway, caller, template_id, body, {})
    return TemplateInstance(
        template_id=made.template.template_id,
        version=made.template.version,
        parameters=made.values,
        request=made.request.model_dump(mode="json", exclude_none=True),
    )


@router.post("/{template_id}/runs", status_code=202, summary="Run a template", responses=_RUNNING)
async def run(
    template_id: TemplateId,
    body: TemplateRunBody,
    caller: Annotated[Identity, allowed("runs:write")],
    gateway: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Start an optimization of a template, as POST /optimize would with the filled-in request.

    The run's metadata names the template, its version and its parameters.
    """
    overrides = body.overrides.model_dump(mode="json", exclude_none=True)
    made = await _instance(gateway, caller, template_id, body, overrides)
    return await start(made.request, caller, gateway, response, idempotency_key)


async def _instance(
    gateway: Gateway,
    caller: Identity,
    template_id: str,
    body: InstanceBody,
    overrides: dict[str, Any],
) -> Instance:
    template = await shelf_of(gateway, caller).find(template_id)
    values = resolved(template.content, body.parameters)
    given = body.dataset
    dataset = example_data(template) if given is None else given.model_dump(mode="json")
    origin = {"id": template.template_id, "version": template.version, "parameters": values}
    metadata = {**overrides.get("metadata", {}), "template": origin}
    request = instance(template.content, values, dataset, {**overrides, "metadata": metadata})
    return Instance(template, values, request)
