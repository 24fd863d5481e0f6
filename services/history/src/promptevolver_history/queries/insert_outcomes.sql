-- $1 to $26: the columns of OutcomeRow, in its order
insert into outcomes (
    run_id, stream_seq, position, shard_id, candidate_id, split, example_id, repeat, class,
    fault_kind, cached, score, latency_ms, calls, cached_calls, prompt_tokens,
    completion_tokens, unpriced_calls, usd, scores, at, worth_calls, worth_prompt_tokens,
    worth_completion_tokens, worth_unpriced_calls, worth_usd
)
select *
from unnest(
    $1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::integer[], $9::text[], $10::text[], $11::boolean[], $12::double precision[],
    $13::double precision[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[],
    $18::bigint[], $19::numeric[], $20::json[], $21::timestamptz[],
    $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[], $26::numeric[]
)
