"""What is asked for, made the run's request, or every reason why it cannot be."""

from collections.abc import Sequence

from promptevolver_contracts.datasets import DatasetRef, Example, dataset_ref
from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.feedback import LIST_NOTES, FeedbackNote, ListNotes
from promptevolver_contracts.ids import DatasetId, RunId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest

from promptevolver_gateway import checks
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.catalogues import Catalogues
from promptevolver_gateway.datasets import DatasetStore
from promptevolver_gateway.feedback.notes import fitting_notes
from promptevolver_gateway.lineage import Descent
from promptevolver_gateway.mapping import (
    encoded,
    models_of,
    program_of,
    request_of,
    splits_of,
    strategy_of,
)
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.schemas import EvaluationBody, OptimizeBody
from promptevolver_gateway.settings import Settings


class Preparation:
    """Makes requests of bodies."""

    def __init__(
        self, bus: Bus, settings: Settings, catalogues: Catalogues, datasets: DatasetStore
    ) -> None:
        self._bus = bus
        self._settings = settings
        self._catalogues = catalogues
        self._datasets = datasets

    async def request(
        self,
        body: OptimizeBody | EvaluationBody,
        project: str,
        run_id: RunId,
        examples: Sequence[Example],
        descent: Descent | None,
    ) -> tuple[RunRequest, bytes]:
        """Give the request, and as it is stored. Raises Problem with all that is wrong."""
        program = program_of(body)
        ref, errors = await self._dataset(body, project, program, examples)
        strategy = strategy_of(body)
        metrics = [MetricSpec.model_validate(metric.model_dump()) for metric in body.metrics]
        models, model_errors = models_of(body.models, self._settings)
        errors += model_errors
        errors += checks.metric_errors(metrics, await self._catalogues.metrics())
        errors += checks.judge_errors(
            metrics, body.models.judge or self._settings.default_judge_model
        )
        errors += checks.strategy_errors(strategy, await self._catalogues.strategies())
        errors += checks.split_errors(ref, splits_of(body), "/dataset")
        if isinstance(body, OptimizeBody):
            errors += checks.budget_errors(body.budget)
            errors += checks.program_errors(program)
        if errors or models is None:
            raise Problem.of_fields(errors, checks.overall_code(errors))
        request = request_of(
            body,
            run_id,
            project=project,
            program=program,
            ref=ref,
            models=models,
            descent=descent,
        )
        if descent is not None and descent.feedback is not None:
            request = request.model_copy(update={"feedback": descent.feedback})
        elif isinstance(body, OptimizeBody) and body.use_feedback:
            request = request.model_copy(update={"feedback": await self._notes(request)})
        return request, encoded(request)

    async def _notes(self, request: RunRequest) -> tuple[FeedbackNote, ...]:
        question = ListNotes(
            project=request.project, program=request.program.name, dataset=request.dataset.id
        )
        page = await self._bus.ask(LIST_NOTES, question)
        return fitting_notes(page.notes)

    async def _dataset(
        self,
        body: OptimizeBody | EvaluationBody,
        project: str,
        program: Program,
        examples: Sequence[Example],
    ) -> tuple[DatasetRef, list[FieldError]]:
        said = body.dataset
        if said.dataset_id is not None:
            version = await self._datasets.named(said.dataset_id, said.version or "latest", project)
        elif said.id is not None:
            version = await self._datasets.find(DatasetId(said.id), project)
        else:
            ref = dataset_ref(said.name, list(examples))
            return ref, list(checks.example_errors(program, examples))
        pointer = "/dataset/id" if said.dataset_id is None else "/dataset/dataset_id"
        missing = sorted(program.input_fields - version.inputs)
        present = tuple(sorted(version.inputs))
        return version.ref, [checks.missing_input(pointer, name, present) for name in missing]
