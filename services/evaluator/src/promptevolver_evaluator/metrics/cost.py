"""Cost: 1 up to `target` US dollars for one output, falling to 0 at `limit`.

A model whose price is unknown cannot be measured: that stops the run instead of scoring. Feedback:
what the output cost and what was aimed at.
"""

from promptevolver_evaluator.metrics.falling import Falling
from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Sample, Score, Unmeasurable


def make(params: Falling) -> Metric:
    """Make the metric."""

    def cost(sample: Sample) -> Score:
        if sample.spend.unpriced_calls:
            raise Unmeasurable("the price of the model is unknown; leave out this metric")
        value = params.at(sample.spend.usd)
        if value == 1:
            return Score(1)
        return Score(
            value,
            f"The output cost ${sample.spend.usd:.6f}, aim at ${params.target:g}: shorten the "
            "prompt or ask for a shorter answer.",
        )

    return cost


KIND = MetricKind(Falling, make)
