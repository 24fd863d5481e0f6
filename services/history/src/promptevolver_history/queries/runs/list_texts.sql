-- $1 run id, $2 candidate ids
select candidate_id, texts
from candidates
where run_id = $1 and candidate_id = any($2::text[])
