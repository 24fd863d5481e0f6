-- $1 project, $2 user id
select count(*)
from members as m inner join users as u using (user_id)
where m.project = $1 and m.user_id != $2 and m.role = 'admin' and u.is_active
