-- The rows of outcome lists; filters, order and limit are put around it.
-- $1 project, $2 run id, $3 characters of texts that are shown, or null for all
select
    o.run_id, o.stream_seq, o.position, o.candidate_id, o.shard_id, o.split, o.example_id,
    o.repeat, o.class, o.fault_kind, o.score, o.scores, o.calls, o.cached_calls, o.prompt_tokens,
    o.completion_tokens, o.usd, o.unpriced_calls, o.latency_ms, o.cached, o.at,
    o.worth_calls, o.worth_prompt_tokens, o.worth_completion_tokens, o.worth_usd,
    o.worth_unpriced_calls,
    p.output, p.feedback, p.fault,
    coalesce(left(p.output, $3::integer), p.output) as shown_output,
    coalesce(left(p.feedback, $3::integer), p.feedback) as shown_feedback,
    coalesce(greatest(length(p.output), length(p.feedback)) > $3::integer, false) as truncated,
    case when $3::integer is null then p.stages end as stages
from outcomes as o
inner join outcome_payloads as p using (run_id, stream_seq, position)
where o.run_id = $2 and exists (select from runs as r where r.run_id = $2 and r.project = $1)
