"""Operations on evaluators; made by derive.py from the document."""

from collections.abc import Mapping, Sequence
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, path
from promptevolver_client.model import plain


def agreement(
    *, metric: str, run_id: Sequence[str] | None = None, threshold: float | None = None
) -> Answer[models.AgreementView]:
    """Compare a metric with people.

    Tell how far a metric's scores agree with the ratings in feedback on the same outputs.

    Cohen's kappa with its interval and the confusion matrix, and the outputs that they are
    furthest apart on. A judge that people do not agree with is no judge to optimize for.
    """
    return Answer(
        Call(
            "GET",
            "/api/v1/evaluators/agreement",
            query={"metric": metric, "run_id": run_id, "threshold": threshold},
        ),
        models.AgreementView,
    )


def bench(
    kind: str, body: models.BenchBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.TriedMetric]:
    """Try an evaluator.

    Score sample outputs, as a run would.

    A sample that could not be scored says why; it never counts as zero. A judge's calls are paid
    by the installation's provider account, and cached like those of runs; they count against the
    project's daily limit, and the audit log names who made them.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/evaluators/{}/bench", kind),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.TriedMetric,
    )


def get(kind: str) -> Answer[models.Evaluator]:
    """Read an evaluator.

    Give a metric with the schema of its parameters.
    """
    return Answer(Call("GET", path("/api/v1/evaluators/{}", kind)), models.Evaluator)


def list() -> Answer[models.EvaluatorList]:
    """List evaluators.

    List the metrics that evaluators have, with the schemas of their parameters.
    """
    return Answer(Call("GET", "/api/v1/evaluators"), models.EvaluatorList)
