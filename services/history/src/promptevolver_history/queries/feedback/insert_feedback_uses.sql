-- $1 run ids, $2 feedback ids of a mutation as a JSON array, in the same order
insert into feedback_uses (feedback_id, run_id)
select distinct u.value, m.run_id
from unnest($1::text[], $2::json[]) as m (run_id, feedback_ids),
    json_array_elements_text(m.feedback_ids) as u (value)
order by 1, 2
on conflict do nothing
