-- $1 run id, $2 project
select
    run_id, project, kind, name, state, strategy, program, dataset, models, simulated,
    requested_at, started_at, ended_at, paused_reason, trace_id, budget, calls, cached_calls,
    prompt_tokens, completion_tokens, usd, unpriced_calls, original, original_mean, best,
    best_mean, ended_with, ended_texts, proposed, accepted, rejected, shards_dispatched,
    shards_done, outcomes, verdict, comparison, reason, error, last_seq,
    origin_run, origin_candidate, origin_relation
from runs
where run_id = $1 and project = $2
