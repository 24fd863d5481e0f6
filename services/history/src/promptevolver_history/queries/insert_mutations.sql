-- $1 to $11: the columns of MutationRow, in its order
insert into mutations (
    run_id, stream_seq, step, operator, child, parents, components, rationale, example_ids, at,
    feedback_ids
)
select *
from unnest(
    $1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::json[], $7::json[],
    $8::text[], $9::json[], $10::timestamptz[], $11::json[]
)
