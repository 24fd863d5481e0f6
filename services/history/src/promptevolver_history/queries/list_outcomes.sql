-- $1 run id, $2 candidate id or null, $3 and $4: sequence and position to continue above,
-- $5 limit
select
    o.stream_seq, o.position, o.candidate_id, o.shard_id, o.example_id, o.repeat, o.class, o.score,
    o.scores, p.output, p.feedback, p.fault, p.stages, o.calls, o.cached_calls, o.prompt_tokens,
    o.completion_tokens, o.usd, o.unpriced_calls, o.latency_ms, o.worth_calls,
    o.worth_prompt_tokens, o.worth_completion_tokens, o.worth_usd, o.worth_unpriced_calls
from (
    select *
    from outcomes
    where
        run_id = $1
        and ($2::text is null or candidate_id = $2)
        and (stream_seq, position) > ($3::bigint, $4::integer)
    order by stream_seq, position
    limit $5
) as o
inner join outcome_payloads as p using (run_id, stream_seq, position)
order by o.stream_seq, o.position
