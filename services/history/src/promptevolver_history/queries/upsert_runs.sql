-- $1 to $48: the columns of RunRow, in its order.
-- Batches of two replicas may commit in any order: what is said once is kept, the state and the
-- budget with the highest sequence win, counts add up.
insert into runs as r (
    run_id, last_seq, project, kind, name, strategy, program, dataset, models, simulated,
    request, requested_at, trace_id, budget, budget_seq, state, state_seq, paused_reason,
    started_at, original, ended_at, ended_with, ended_texts, verdict, comparison, reason, error,
    proposed, accepted, rejected, shards_dispatched, shards_done, outcomes,
    calls, cached_calls, prompt_tokens, completion_tokens, usd, unpriced_calls,
    ranked_on, faults, cached_outcomes, timed_outcomes, latency_ms, latency_buckets,
    origin_run, origin_candidate, origin_relation
)
select
    run_id, last_seq, project, kind, name, strategy, program, dataset, models, simulated,
    request, requested_at, trace_id, budget, budget_seq, state, state_seq, paused_reason,
    started_at, original, ended_at, ended_with, ended_texts, verdict, comparison, reason, error,
    proposed, accepted, rejected, shards_dispatched, shards_done, outcomes,
    calls, cached_calls, prompt_tokens, completion_tokens, usd, unpriced_calls,
    ranked_on, faults, cached_outcomes, timed_outcomes, latency_ms, latency_buckets::integer[],
    origin_run, origin_candidate, origin_relation
from unnest(
    $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::json[], $10::boolean[], $11::json[], $12::timestamptz[], $13::text[],
    $14::json[], $15::bigint[], $16::text[], $17::bigint[], $18::text[], $19::timestamptz[],
    $20::text[], $21::timestamptz[], $22::text[], $23::json[], $24::text[], $25::json[],
    $26::text[], $27::json[], $28::integer[], $29::integer[], $30::integer[], $31::integer[],
    $32::integer[], $33::integer[], $34::bigint[], $35::bigint[], $36::bigint[], $37::bigint[],
    $38::numeric[], $39::bigint[], $40::text[], $41::bigint[], $42::bigint[], $43::bigint[],
    $44::numeric[], $45::text[], $46::text[], $47::text[], $48::text[]
) as new (
    run_id, last_seq, project, kind, name, strategy, program, dataset, models, simulated,
    request, requested_at, trace_id, budget, budget_seq, state, state_seq, paused_reason,
    started_at, original, ended_at, ended_with, ended_texts, verdict, comparison, reason, error,
    proposed, accepted, rejected, shards_dispatched, shards_done, outcomes,
    calls, cached_calls, prompt_tokens, completion_tokens, usd, unpriced_calls,
    ranked_on, faults, cached_outcomes, timed_outcomes, latency_ms, latency_buckets,
    origin_run, origin_candidate, origin_relation
)
on conflict (run_id) do update set
    last_seq = greatest(r.last_seq, excluded.last_seq),
    project = coalesce(r.project, excluded.project),
    kind = coalesce(r.kind, excluded.kind),
    name = coalesce(r.name, excluded.name),
    strategy = coalesce(r.strategy, excluded.strategy),
    program = coalesce(r.program, excluded.program),
    dataset = coalesce(r.dataset, excluded.dataset),
    models = coalesce(r.models, excluded.models),
    simulated = coalesce(r.simulated, excluded.simulated),
    request = coalesce(r.request, excluded.request),
    requested_at = coalesce(r.requested_at, excluded.requested_at),
    trace_id = coalesce(r.trace_id, excluded.trace_id),
    budget = case
        when excluded.budget_seq > r.budget_seq then excluded.budget else r.budget
    end,
    budget_seq = greatest(r.budget_seq, excluded.budget_seq),
    state = case when excluded.state_seq > r.state_seq then excluded.state else r.state end,
    paused_reason = case
        when excluded.state_seq > r.state_seq then excluded.paused_reason else r.paused_reason
    end,
    state_seq = greatest(r.state_seq, excluded.state_seq),
    started_at = coalesce(r.started_at, excluded.started_at),
    original = coalesce(r.original, excluded.original),
    ended_at = coalesce(r.ended_at, excluded.ended_at),
    ended_with = coalesce(r.ended_with, excluded.ended_with),
    ended_texts = coalesce(r.ended_texts, excluded.ended_texts),
    verdict = coalesce(r.verdict, excluded.verdict),
    comparison = coalesce(r.comparison, excluded.comparison),
    reason = coalesce(r.reason, excluded.reason),
    error = coalesce(r.error, excluded.error),
    proposed = r.proposed + excluded.proposed,
    accepted = r.accepted + excluded.accepted,
    rejected = r.rejected + excluded.rejected,
    shards_dispatched = r.shards_dispatched + excluded.shards_dispatched,
    shards_done = r.shards_done + excluded.shards_done,
    outcomes = r.outcomes + excluded.outcomes,
    calls = r.calls + excluded.calls,
    cached_calls = r.cached_calls + excluded.cached_calls,
    prompt_tokens = r.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = r.completion_tokens + excluded.completion_tokens,
    usd = r.usd + excluded.usd,
    unpriced_calls = r.unpriced_calls + excluded.unpriced_calls,
    ranked_on = coalesce(r.ranked_on, excluded.ranked_on),
    faults = r.faults + excluded.faults,
    cached_outcomes = r.cached_outcomes + excluded.cached_outcomes,
    timed_outcomes = r.timed_outcomes + excluded.timed_outcomes,
    latency_ms = r.latency_ms + excluded.latency_ms,
    latency_buckets = added_buckets(r.latency_buckets, excluded.latency_buckets),
    origin_run = coalesce(r.origin_run, excluded.origin_run),
    origin_candidate = coalesce(r.origin_candidate, excluded.origin_candidate),
    origin_relation = coalesce(r.origin_relation, excluded.origin_relation)
