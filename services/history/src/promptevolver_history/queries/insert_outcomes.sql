-- $1 to $23: the columns of OutcomeRow, in its order
insert into outcomes (
    run_id, shard_id, position, stream_seq, candidate_id, example_id, repeat, class, score,
    scores, output, feedback, fault, stages, calls, cached_calls, prompt_tokens,
    completion_tokens, usd, unpriced_calls, latency_ms, cached, at
)
select *
from unnest(
    $1::text[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::integer[],
    $8::text[], $9::double precision[], $10::json[], $11::text[], $12::text[], $13::json[],
    $14::json[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::numeric[],
    $20::bigint[], $21::double precision[], $22::boolean[], $23::timestamptz[]
)
