"""The catalogue of metrics, a bench to try them on, and how far they agree with people."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query
from promptevolver_contracts.accounts import RECORD_SIDE_SPEND, RecordSideSpend
from promptevolver_contracts.bench import TRY_METRIC, BenchSample, TriedMetric, TryMetric
from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_contracts.feedback import MEASURE_AGREEMENT, AgreementView, MeasureAgreement
from promptevolver_contracts.ids import Name, RunId, new_id
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.runs import ModelSpec

from promptevolver_gateway.catalogues import parameter_errors
from promptevolver_gateway.checks import JUDGING
from promptevolver_gateway.feedback.bodies import BenchBody, Evaluator, EvaluatorList
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.schemas import RUN_ID

router = APIRouter(prefix=f"{PREFIX}/evaluators", tags=["evaluators"])

Kind = Annotated[Name, Path(description="Kind of the metric")]
Reader = Annotated[Identity, allowed("runs:read")]
# A judge's calls cost money, as a run's do.
Payer = Annotated[Identity, allowed("runs:write")]

_BENCH_S = 90.0
_ONE = documented(ErrorCode.NOT_FOUND)
_BENCH = documented(ErrorCode.NOT_FOUND, ErrorCode.SPEND_LIMIT_REACHED)


@router.get("", summary="List evaluators", responses=documented())
async def evaluators(caller: Reader, gateway: Parts) -> EvaluatorList:  # noqa: ARG001  any reader
    """List the metrics that evaluators have, with the schemas of their parameters."""
    return EvaluatorList(data=tuple((await _known(gateway)).values()))


@router.get("/agreement", summary="Compare a metric with people", responses=documented())
async def agreement(
    caller: Reader,
    gateway: Parts,
    metric: Annotated[str, Query(min_length=1, max_length=64, description="A metric's name")],
    run_id: Annotated[
        list[Annotated[RunId, Query(pattern=RUN_ID)]] | None,
        Query(max_length=50, description="In these runs alone; may be repeated"),
    ] = None,
    threshold: Annotated[
        float, Query(ge=0, le=1, description="From this score on an output passes")
    ] = 0.5,
) -> AgreementView:
    """Tell how far a metric's scores agree with the ratings in feedback on the same outputs.

    Cohen's kappa with its interval and the confusion matrix, and the outputs that they are
    furthest apart on. A judge that people do not agree with is no judge to optimize for.
    """
    question = MeasureAgreement(
        project=caller.project,
        metric=metric,
        run_ids=tuple(run_id or ()),
        threshold=threshold,
    )
    return await gateway.bus.ask(MEASURE_AGREEMENT, question)


@router.get("/{kind}", summary="Read an evaluator", responses=_ONE)
async def evaluator(kind: Kind, caller: Reader, gateway: Parts) -> Evaluator:  # noqa: ARG001  any reader
    """Give a metric with the schema of its parameters."""
    return await _one(gateway, kind)


@router.post("/{kind}/bench", summary="Try an evaluator", responses=_BENCH)
async def bench(kind: Kind, body: BenchBody, caller: Payer, gateway: Parts) -> TriedMetric:
    """Score sample outputs, as a run would.

    A sample that could not be scored says why; it never counts as zero. A judge's calls are paid
    by the installation's provider account, and cached like those of runs; they count against the
    project's daily limit, and the audit log names who made them.
    """
    await _one(gateway, kind)
    schema = (await gateway.commands.catalogues.metrics())[kind]
    spec = MetricSpec(name=kind, kind=kind, parameters=body.parameters)
    default = gateway.settings.default_judge_model
    judge = body.judge or (ModelSpec(model=default) if default else None)
    errors = parameter_errors(schema, body.parameters, "/parameters")
    if kind == JUDGING and judge is None:
        message = "this metric needs a judge model; name one"
        errors.append(FieldError(pointer="/judge", message=message, code="missing"))
    if errors:
        raise Problem.of_fields(errors)
    question = TryMetric(
        project=caller.project,
        metric=spec,
        judge=None if judge is None else ModelSpec.model_validate(judge.model_dump()),
        samples=tuple(
            BenchSample(**sample.model_dump(exclude={"id"}), id=sample.id or str(place))
            for place, sample in enumerate(body.samples)
        ),
    )
    if kind != JUDGING:
        return await gateway.bus.ask(TRY_METRIC, question, within_s=_BENCH_S)
    return await _paid(question, caller, gateway)


async def _paid(question: TryMetric, caller: Identity, gateway: Gateway) -> TriedMetric:
    """Try a metric that costs money, within the project's daily limit.

    What it cost is recorded once it is known. A gateway that ends in between, or a bench that takes
    too long to answer, leaves the spend of that one bench unrecorded; benches at the same time may
    go beyond the limit by what they cost, as nobody knows it before.
    """
    await gateway.admission.look(caller.project)
    tried = await gateway.bus.ask(TRY_METRIC, question, within_s=_BENCH_S)
    if tried.spend.calls:
        spent = RecordSideSpend(
            project=caller.project,
            spend_id=new_id(),
            kind="metric_bench",
            about=question.metric.kind,
            spend=tried.spend,
            by=caller.actor,
        )
        await gateway.bus.ask(RECORD_SIDE_SPEND, spent)
    return tried


async def _known(gateway: Gateway) -> dict[str, Evaluator]:
    found = await gateway.commands.catalogues.metrics()
    return {kind: _evaluator(kind, validator.schema) for kind, validator in sorted(found.items())}


def _evaluator(kind: str, schema: object) -> Evaluator:
    # A schema may be a bare true or false, which says nothing about parameters.
    parameters = dict(schema) if isinstance(schema, Mapping) else {}
    return Evaluator(
        kind=kind,
        description=str(parameters.get("description", "")),
        needs_judge=kind == JUDGING,
        parameters=parameters,
    )


async def _one(gateway: Gateway, kind: str) -> Evaluator:
    known = await _known(gateway)
    if kind not in known:
        raise Problem(
            ErrorCode.NOT_FOUND, f"no evaluator is called '{kind}'; there are: {', '.join(known)}"
        )
    return known[kind]
