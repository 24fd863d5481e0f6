-- $1 run id, $2 candidate id, $3 limit
select
    stream_seq, step, operator, child, parents, components, rationale, example_ids, feedback_ids,
    at
from mutations
where run_id = $1 and child = $2
order by stream_seq
limit $3
