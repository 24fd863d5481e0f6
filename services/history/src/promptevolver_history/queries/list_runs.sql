-- $1 project, $2 state or null, $3 strategy or null, $4 kind or null,
-- $5 and $6: requested_at and run id to continue below, or null, $7 limit
select
    run_id, project, kind, name, state, strategy, program, dataset, models, simulated,
    requested_at, started_at, ended_at, paused_reason, trace_id, budget, calls, cached_calls,
    prompt_tokens, completion_tokens, usd, unpriced_calls, original, original_mean, best,
    best_mean, ended_with, ended_texts, proposed, accepted, rejected, shards_dispatched,
    shards_done, outcomes, verdict, comparison, reason, error, last_seq
from runs
where
    project = $1
    and ($2::text is null or state = $2)
    and ($3::text is null or strategy = $3)
    and ($4::text is null or kind = $4)
    and ($5::timestamptz is null or (requested_at, run_id) < ($5, $6::text))
order by requested_at desc, run_id desc
limit $7
