"""What strategies and metrics there are, asked of the services that have them and remembered."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as SchemaError
from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_contracts.queries import Catalogue, GetProjection
from promptevolver_contracts.rpc import Query
from promptevolver_contracts.subjects import GET_METRICS, GET_STRATEGIES
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.mending import schema_fault
from promptevolver_gateway.problems import Problem

log = structlog.get_logger(__name__)

_PATIENCE_S = 2.0

type Schemas = Mapping[str, Draft202012Validator]


class Catalogues:
    """Both catalogues; a service that is away is replaced by what it said last."""

    def __init__(self, bus: Bus, ttl_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._ttl_s = ttl_s
        self._clock = clock
        self._known: dict[str, tuple[float, Schemas]] = {}

    async def strategies(self) -> Schemas:
        """Give the parameters' schemas by strategy. Raises Problem `unavailable`."""
        return await self._get(GET_STRATEGIES, lambda catalogue: catalogue.strategies)

    async def metrics(self) -> Schemas:
        """Give the parameters' schemas by metric kind. Raises Problem `unavailable`."""
        return await self._get(GET_METRICS, lambda catalogue: catalogue.metrics)

    async def _get(
        self,
        query: Query[GetProjection, Catalogue],
        part: Callable[[Catalogue], dict[str, dict[str, Any]]],
    ) -> Schemas:
        known = self._known.get(query.subject)
        if known is not None and self._clock() - known[0] < self._ttl_s:
            return known[1]
        try:
            answer = await self._bus.ask(query, GetProjection(), within_s=_PATIENCE_S)
        except (QueryFailed, Problem) as error:
            if known is None:
                raise Problem(
                    ErrorCode.UNAVAILABLE,
                    f"{query.subject} does not answer, so the request cannot be checked",
                    retry_after_s=2,
                ) from error
            log.warning("catalogue kept past its time", subject=query.subject, error=str(error))
            schemas = known[1]
        else:
            schemas = {name: Draft202012Validator(s) for name, s in part(answer).items()}
        self._known[query.subject] = (self._clock(), schemas)
        return schemas


def parameter_errors(
    schema: Draft202012Validator, parameters: Mapping[str, Any], pointer: str
) -> list[FieldError]:
    """Say what is wrong with parameters; `pointer` leads to them."""
    faults: list[SchemaError] = list(schema.iter_errors(dict(parameters)))
    return [_field_error(fault, pointer) for fault in faults]


def _field_error(fault: SchemaError, pointer: str) -> FieldError:
    place, message = schema_fault(fault)
    return FieldError(
        pointer=pointer + place,
        message=message,
        code=str(fault.validator),
        allowed=_allowed(fault),
    )


def _allowed(fault: SchemaError) -> tuple[str, ...] | None:
    choices = fault.validator_value
    if fault.validator != "enum" or not isinstance(choices, list):
        return None
    return tuple(str(choice) for choice in choices)
