-- $1 run id, $2 ordinal to continue above, $3 limit
select
    candidate_id, ordinal, step, parents, texts, operator, status, full_mean, full_examples,
    pinned, vetoed
from candidates
where run_id = $1 and ordinal > $2
order by ordinal
limit $3
