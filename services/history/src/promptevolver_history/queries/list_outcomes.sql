-- $1 run id, $2 candidate id or null, $3 and $4: sequence and position to continue above,
-- $5 limit
select
    stream_seq, position, candidate_id, shard_id, example_id, repeat, class, score, scores,
    output, feedback, fault, stages, calls, cached_calls, prompt_tokens, completion_tokens, usd,
    unpriced_calls, latency_ms
from outcomes
where
    run_id = $1
    and ($2::text is null or candidate_id = $2)
    and (stream_seq, position) > ($3::bigint, $4::integer)
order by stream_seq, position
limit $5
