"""Prompt length: 1 up to `target` characters sent to the model, falling to 0 at `limit`.

All messages of all stages count, as rendered. Feedback: the length and what was aimed at.
"""

from promptevolver_evaluator.metrics.falling import Falling
from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Sample, Score


def make(params: Falling) -> Metric:
    """Make the metric."""

    def prompt_length(sample: Sample) -> Score:
        length = sum(len(message.content) for message in sample.prompt)
        value = params.at(length)
        if value == 1:
            return Score(1)
        return Score(
            value, f"The prompt has {length} characters, aim at {params.target:g}: say it shorter."
        )

    return prompt_length


KIND = MetricKind(Falling, make)
