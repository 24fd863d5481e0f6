-- $1 run id, $2 candidate id. An example scored again, in another mini-batch, counts once.
-- Where nothing came from the cache, an outcome is worth what was paid; else it has to be told.
select distinct on (example_id, repeat)
    example_id, repeat, class, score, scores, usd::double precision as usd, latency_ms,
    prompt_tokens + completion_tokens as tokens,
    coalesce(worth_usd, case when cached_calls = 0 then usd end)::double precision as worth_usd,
    coalesce(
        worth_prompt_tokens + worth_completion_tokens,
        case when cached_calls = 0 then prompt_tokens + completion_tokens end
    ) as worth_tokens
from outcomes
where run_id = $1 and candidate_id = $2
order by example_id, repeat, stream_seq, position
