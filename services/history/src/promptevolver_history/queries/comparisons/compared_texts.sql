-- $1 run ids, $2 candidate ids, pair by pair
select c.run_id, c.candidate_id, c.texts
from unnest($1::text[], $2::text[]) as asked (run_id, candidate_id)
inner join candidates as c on c.run_id = asked.run_id and c.candidate_id = asked.candidate_id
