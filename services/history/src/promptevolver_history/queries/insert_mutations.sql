-- $1 to $10: the columns of MutationRow, in its order
insert into mutations (
    run_id, stream_seq, step, operator, child, parents, components, rationale, example_ids, at
)
select *
from unnest(
    $1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::json[], $7::json[],
    $8::text[], $9::json[], $10::timestamptz[]
)
