-- $1 project, $2 user id
select m.user_id, u.email, u.name, m.role, m.since
from members as m inner join users as u using (user_id)
where m.project = $1 and m.user_id = $2
