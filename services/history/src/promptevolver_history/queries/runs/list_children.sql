-- $1 run id, $2 candidate id, $3 limit
select candidate_id, parents, ordinal, step, operator, status, full_mean, 1 as distance
from candidates
where
    run_id = $1 and ordinal is not null and candidate_id <> $2
    and exists (select from json_array_elements_text(parents) as parent where parent = $2)
order by ordinal
limit $3
