-- $1 to $7: the columns of PayloadRow, in its order
insert into outcome_payloads (run_id, stream_seq, position, output, feedback, fault, stages)
select *
from unnest(
    $1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::json[], $7::json[]
)
