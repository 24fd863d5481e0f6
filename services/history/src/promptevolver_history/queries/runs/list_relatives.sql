-- A run's family tree. $1 run id, $2 ordinal to continue above, $3 limit
select candidate_id, parents, ordinal, step, operator, status, full_mean, 0 as distance
from candidates
where run_id = $1 and ordinal > $2
order by ordinal
limit $3
