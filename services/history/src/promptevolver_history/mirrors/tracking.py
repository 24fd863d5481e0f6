"""Writing copies to an MLflow server: every step may be repeated, and changes nothing then.

MLflow's client blocks, so all of this runs in threads. Importing the module takes seconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from promptevolver_history.mirrors.copies import RUN_ID_TAG, Copy
from promptevolver_history.mirrors.failures import NotMirrored
from promptevolver_history.mirrors.points import Point
from promptevolver_history.mirrors.templates import Prompt

_NO_MORE_AT_ONCE = 100
_METRICS_AT_ONCE = 500
_EXISTS = "RESOURCE_ALREADY_EXISTS"
_MISSING = "RESOURCE_DOES_NOT_EXIST"
_REFUSALS = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "PERMISSION_DENIED", "UNAUTHENTICATED"}


class TrackingServer:
    """An MLflow server."""

    def __init__(self, uri: str) -> None:
        self._client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def mirror(self, copy: Copy, known: str | None) -> str:
        """Bring a run's copy up to date and give its id; `known` is that id, once there is one.

        Raises NotMirrored.
        """
        try:
            return self._mirror(copy, known)
        except MlflowException as error:
            raise NotMirrored(
                str(error),
                lost=known is not None and error.error_code == _MISSING,
                refused=error.error_code in _REFUSALS,
            ) from error
        except OSError as error:
            raise NotMirrored(f"{type(error).__name__}: {error}") from error

    def _mirror(self, copy: Copy, known: str | None) -> str:
        experiment = self._experiment(copy.experiment)
        mirror = known or self._found(copy, experiment) or self._made(copy, experiment)
        for params in batched(copy.params.items(), _NO_MORE_AT_ONCE):
            self._client.log_batch(mirror, params=[Param(*each) for each in params])
        for some in batched(copy.points, _METRICS_AT_ONCE):
            self._client.log_batch(mirror, metrics=[_metric(point) for point in some])
        for path, text in copy.artifacts.items():
            self._client.log_text(mirror, text, path)
        for prompt in copy.prompts:
            self._register(prompt, experiment)
        self._client.log_batch(mirror, tags=_tags(copy.tags))
        # Last: a copy that says it is finished is complete.
        self._client.update_run(mirror, name=copy.name, status=copy.status)
        if copy.ended_ms is not None:
            self._client.set_terminated(mirror, copy.status, copy.ended_ms)
        return mirror

    def _experiment(self, name: str) -> str:
        if (found := self._client.get_experiment_by_name(name)) is None:
            try:
                return str(self._client.create_experiment(name))
            except MlflowException as error:
                if error.error_code != _EXISTS:
                    raise
                found = self._client.get_experiment_by_name(name)
        if found is None:
            raise MlflowException(f"experiment {name} vanished")
        return str(found.experiment_id)

    def _found(self, copy: Copy, experiment: str) -> str | None:
        asked = f"tags.`{RUN_ID_TAG}` = '{copy.run_id}'"
        for run in self._client.search_runs([experiment], asked, max_results=1):
            return str(run.info.run_id)
        return None

    def _made(self, copy: Copy, experiment: str) -> str:
        made = self._client.create_run(
            experiment, start_time=copy.started_ms, tags=copy.tags, run_name=copy.name
        )
        return str(made.info.run_id)

    def _register(self, prompt: Prompt, experiment: str) -> None:
        try:
            # By this tag MLflow shows a prompt beside an experiment's runs.
            self._client.create_prompt(
                prompt.name, tags={"_mlflow_experiment_ids": f",{experiment},"}
            )
        except MlflowException as error:
            if error.error_code != _EXISTS:
                raise
        if next(self._versions(prompt), None) is None:
            self._client.create_prompt_version(
                prompt.name,
                list(prompt.messages),
                description=prompt.message,
                tags=prompt.tags,
                response_format=prompt.output_schema,
            )

    def _versions(self, prompt: Prompt) -> Iterator[object]:
        """Give a prompt's versions that its run brought; to the server they are model versions."""
        yield from self._client.search_model_versions(
            f"name = '{prompt.name}' and tags.`{RUN_ID_TAG}` = '{prompt.tags[RUN_ID_TAG]}'"
            " and tags.`mlflow.prompt.is_prompt` = 'true'"
        )


def _metric(point: Point) -> Metric:
    return Metric(point.key, point.value, point.at_ms, point.step)


def _tags(tags: Mapping[str, str]) -> Sequence[RunTag]:
    return [RunTag(*each) for each in tags.items()]
