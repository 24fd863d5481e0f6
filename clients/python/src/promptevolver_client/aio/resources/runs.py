"""Operations on runs, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import (
    runs,
    runs_candidates,
    runs_compare,
    runs_log,
    runs_mutations,
    runs_outcomes,
    runs_search,
)
from promptevolver_client.resource import Method, Resource


class AsyncRuns(Resource[AsyncConnection]):
    """Operations on runs."""

    cancel = Method(runs.cancel, AsyncConnection.answer)
    """Cancel."""
    candidate_pin = Method(runs_candidates.candidate_pin, AsyncConnection.answer)
    """Pin a candidate."""
    candidate_unpin = Method(runs_candidates.candidate_unpin, AsyncConnection.answer)
    """Unpin a candidate."""
    candidate_unveto = Method(runs_candidates.candidate_unveto, AsyncConnection.answer)
    """Lift a veto."""
    candidate_veto = Method(runs_candidates.candidate_veto, AsyncConnection.answer)
    """Veto a candidate."""
    candidates = Method(runs_candidates.candidates, AsyncConnection.answer)
    """Search candidates."""
    iterate_candidates = Method(runs_candidates.candidates, AsyncConnection.entries)
    """Page by page, all of them: search candidates."""
    stream_candidates = Method(runs_candidates.stream_candidates, AsyncConnection.lines)
    """In one stream, all of them: search candidates."""
    compare = Method(runs_compare.compare, AsyncConnection.answer)
    """Compare runs."""
    compare_examples = Method(runs_compare.compare_examples, AsyncConnection.answer)
    """Compare examples."""
    iterate_compare_examples = Method(runs_compare.compare_examples, AsyncConnection.entries)
    """Page by page, all of them: compare examples."""
    stream_compare_examples = Method(runs_compare.stream_compare_examples, AsyncConnection.lines)
    """In one stream, all of them: compare examples."""
    compare_slices = Method(runs_compare.compare_slices, AsyncConnection.answer)
    """Compare slices."""
    continue_ = Method(runs.continue_, AsyncConnection.answer)
    """Continue."""
    events = Method(runs.events, AsyncConnection.events)
    """Follow a run."""
    example_outcomes = Method(runs_outcomes.example_outcomes, AsyncConnection.answer)
    """Read the outcomes of one example."""
    iterate_example_outcomes = Method(runs_outcomes.example_outcomes, AsyncConnection.entries)
    """Page by page, all of them: read the outcomes of one example."""
    stream_example_outcomes = Method(runs_outcomes.stream_example_outcomes, AsyncConnection.lines)
    """In one stream, all of them: read the outcomes of one example."""
    facets = Method(runs.facets, AsyncConnection.answer)
    """Count the values of a field."""
    feedback = Method(runs.feedback, AsyncConnection.answer)
    """Read a run's feedback."""
    fork = Method(runs.fork, AsyncConnection.answer)
    """Fork."""
    get = Method(runs.get, AsyncConnection.answer)
    """Read a run and its notes."""
    get_candidate = Method(runs_candidates.get_candidate, AsyncConnection.answer)
    """Read a candidate."""
    lineage = Method(runs.lineage, AsyncConnection.answer)
    """Read the family tree."""
    list = Method(runs.list, AsyncConnection.answer)
    """Search runs."""
    iterate = Method(runs.list, AsyncConnection.entries)
    """Page by page, all of them: search runs."""
    stream = Method(runs.stream, AsyncConnection.lines)
    """In one stream, all of them: search runs."""
    log = Method(runs_log.log, AsyncConnection.answer)
    """Read the log."""
    iterate_log = Method(runs_log.log, AsyncConnection.entries)
    """Page by page, all of them: read the log."""
    stream_log = Method(runs_log.stream_log, AsyncConnection.lines)
    """In one stream, all of them: read the log."""
    mutations = Method(runs_mutations.mutations, AsyncConnection.answer)
    """Search mutations."""
    iterate_mutations = Method(runs_mutations.mutations, AsyncConnection.entries)
    """Page by page, all of them: search mutations."""
    stream_mutations = Method(runs_mutations.stream_mutations, AsyncConnection.lines)
    """In one stream, all of them: search mutations."""
    outcomes = Method(runs_outcomes.outcomes, AsyncConnection.answer)
    """Search outcomes."""
    iterate_outcomes = Method(runs_outcomes.outcomes, AsyncConnection.entries)
    """Page by page, all of them: search outcomes."""
    stream_outcomes = Method(runs_outcomes.stream_outcomes, AsyncConnection.lines)
    """In one stream, all of them: search outcomes."""
    pause = Method(runs.pause, AsyncConnection.answer)
    """Pause."""
    request = Method(runs.request, AsyncConnection.answer)
    """Read what was asked for."""
    rerun = Method(runs.rerun, AsyncConnection.answer)
    """Run again."""
    resume = Method(runs.resume, AsyncConnection.answer)
    """Resume."""
    search = Method(runs_search.search, AsyncConnection.answer)
    """Search runs by JSON."""
    stream_search = Method(runs_search.stream_search, AsyncConnection.lines)
    """In one stream, all of them: search runs by JSON."""
    spend = Method(runs.spend, AsyncConnection.answer)
    """Read what a run spent."""
    top_up = Method(runs.top_up, AsyncConnection.answer)
    """Top up."""
    update = Method(runs.update, AsyncConnection.answer)
    """Name, tag, note, archive."""
