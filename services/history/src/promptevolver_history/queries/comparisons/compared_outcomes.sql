-- $1 run id, $2 candidate id. An example scored again, in another mini-batch, counts once.
select distinct on (example_id, repeat)
    example_id, repeat, class, score, scores, usd::double precision as usd, latency_ms,
    prompt_tokens + completion_tokens as tokens
from outcomes
where run_id = $1 and candidate_id = $2
order by example_id, repeat, stream_seq, position
