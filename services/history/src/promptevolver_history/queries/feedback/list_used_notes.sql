-- $1 run id
select u.value as feedback_id, array_agg(m.step order by m.step) as steps
from mutations as m, json_array_elements_text(m.feedback_ids) as u (value)
where m.run_id = $1
group by u.value
