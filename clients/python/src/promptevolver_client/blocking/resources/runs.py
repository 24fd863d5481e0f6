# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on runs, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
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


class Runs(Resource[Connection]):
    """Operations on runs."""

    cancel = Method(runs.cancel, Connection.answer)
    """Cancel."""
    candidate_pin = Method(runs_candidates.candidate_pin, Connection.answer)
    """Pin a candidate."""
    candidate_unpin = Method(runs_candidates.candidate_unpin, Connection.answer)
    """Unpin a candidate."""
    candidate_unveto = Method(runs_candidates.candidate_unveto, Connection.answer)
    """Lift a veto."""
    candidate_veto = Method(runs_candidates.candidate_veto, Connection.answer)
    """Veto a candidate."""
    candidates = Method(runs_candidates.candidates, Connection.answer)
    """Search candidates."""
    iterate_candidates = Method(runs_candidates.candidates, Connection.entries)
    """Page by page, all of them: search candidates."""
    stream_candidates = Method(runs_candidates.stream_candidates, Connection.lines)
    """In one stream, all of them: search candidates."""
    compare = Method(runs_compare.compare, Connection.answer)
    """Compare runs."""
    compare_examples = Method(runs_compare.compare_examples, Connection.answer)
    """Compare examples."""
    iterate_compare_examples = Method(runs_compare.compare_examples, Connection.entries)
    """Page by page, all of them: compare examples."""
    stream_compare_examples = Method(runs_compare.stream_compare_examples, Connection.lines)
    """In one stream, all of them: compare examples."""
    compare_slices = Method(runs_compare.compare_slices, Connection.answer)
    """Compare slices."""
    continue_ = Method(runs.continue_, Connection.answer)
    """Continue."""
    events = Method(runs.events, Connection.events)
    """Follow a run."""
    example_outcomes = Method(runs_outcomes.example_outcomes, Connection.answer)
    """Read the outcomes of one example."""
    iterate_example_outcomes = Method(runs_outcomes.example_outcomes, Connection.entries)
    """Page by page, all of them: read the outcomes of one example."""
    stream_example_outcomes = Method(runs_outcomes.stream_example_outcomes, Connection.lines)
    """In one stream, all of them: read the outcomes of one example."""
    facets = Method(runs.facets, Connection.answer)
    """Count the values of a field."""
    feedback = Method(runs.feedback, Connection.answer)
    """Read a run's feedback."""
    fork = Method(runs.fork, Connection.answer)
    """Fork."""
    get = Method(runs.get, Connection.answer)
    """Read a run and its notes."""
    get_candidate = Method(runs_candidates.get_candidate, Connection.answer)
    """Read a candidate."""
    lineage = Method(runs.lineage, Connection.answer)
    """Read the family tree."""
    list = Method(runs.list, Connection.answer)
    """Search runs."""
    iterate = Method(runs.list, Connection.entries)
    """Page by page, all of them: search runs."""
    stream = Method(runs.stream, Connection.lines)
    """In one stream, all of them: search runs."""
    log = Method(runs_log.log, Connection.answer)
    """Read the log."""
    iterate_log = Method(runs_log.log, Connection.entries)
    """Page by page, all of them: read the log."""
    stream_log = Method(runs_log.stream_log, Connection.lines)
    """In one stream, all of them: read the log."""
    mutations = Method(runs_mutations.mutations, Connection.answer)
    """Search mutations."""
    iterate_mutations = Method(runs_mutations.mutations, Connection.entries)
    """Page by page, all of them: search mutations."""
    stream_mutations = Method(runs_mutations.stream_mutations, Connection.lines)
    """In one stream, all of them: search mutations."""
    outcomes = Method(runs_outcomes.outcomes, Connection.answer)
    """Search outcomes."""
    iterate_outcomes = Method(runs_outcomes.outcomes, Connection.entries)
    """Page by page, all of them: search outcomes."""
    stream_outcomes = Method(runs_outcomes.stream_outcomes, Connection.lines)
    """In one stream, all of them: search outcomes."""
    pause = Method(runs.pause, Connection.answer)
    """Pause."""
    request = Method(runs.request, Connection.answer)
    """Read what was asked for."""
    rerun = Method(runs.rerun, Connection.answer)
    """Run again."""
    resume = Method(runs.resume, Connection.answer)
    """Resume."""
    search = Method(runs_search.search, Connection.answer)
    """Search runs by JSON."""
    stream_search = Method(runs_search.stream_search, Connection.lines)
    """In one stream, all of them: search runs by JSON."""
    spend = Method(runs.spend, Connection.answer)
    """Read what a run spent."""
    top_up = Method(runs.top_up, Connection.answer)
    """Top up."""
    update = Method(runs.update, Connection.answer)
    """Name, tag, note, archive."""
