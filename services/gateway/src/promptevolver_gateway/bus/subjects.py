"""Which subjects the gateway reads."""

from promptevolver_contracts.subjects import CONTROLS, LOG, REQUESTS, RESULTS


def watched_subjects(run: str) -> tuple[str, ...]:
    """Give the subjects of a run that its watchers may see."""
    return (
        REQUESTS.of(run=run),
        CONTROLS.of(run=run),
        LOG.of(run=run),
        RESULTS.of(run=run, shard=">"),
    )


LIFECYCLE = (REQUESTS.pattern, LOG.pattern)
"""Where runs are requested, start, pause and end."""
