"""Latency: 1 up to `target` milliseconds of model time, falling to 0 at `limit`.

Feedback: how long the model took and what was aimed at; shorter answers are the usual mend.
"""

from promptevolver_evaluator.metrics.falling import Falling
from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Sample, Score


def make(params: Falling) -> Metric:
    """Make the metric."""

    def latency(sample: Sample) -> Score:
        value = params.at(sample.latency_ms)
        if value == 1:
            return Score(1)
        return Score(
            value,
            f"The model took {sample.latency_ms:.0f} ms, aim at {params.target:g} ms: "
            "ask for a shorter answer.",
        )

    return latency


KIND = MetricKind(Falling, make)
