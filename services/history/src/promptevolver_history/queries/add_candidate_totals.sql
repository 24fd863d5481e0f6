-- $1 JSON array of CandidateTally, sorted by key
insert into candidate_totals as t
select *
from json_populate_recordset(null::candidate_totals, $1::json)
on conflict (run_id, candidate_id, split) do update set
    outcomes = t.outcomes + excluded.outcomes,
    faults = t.faults + excluded.faults,
    cached_outcomes = t.cached_outcomes + excluded.cached_outcomes,
    score_total = t.score_total + excluded.score_total,
    score_squares = t.score_squares + excluded.score_squares,
    score_least = least(t.score_least, excluded.score_least),
    score_most = greatest(t.score_most, excluded.score_most),
    timed_outcomes = t.timed_outcomes + excluded.timed_outcomes,
    latency_ms = t.latency_ms + excluded.latency_ms,
    latency_buckets = added_buckets(t.latency_buckets, excluded.latency_buckets),
    calls = t.calls + excluded.calls,
    cached_calls = t.cached_calls + excluded.cached_calls,
    prompt_tokens = t.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = t.completion_tokens + excluded.completion_tokens,
    usd = t.usd + excluded.usd,
    unpriced_calls = t.unpriced_calls + excluded.unpriced_calls
