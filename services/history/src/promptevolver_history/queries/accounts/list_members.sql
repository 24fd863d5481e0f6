-- $1 project, $2 user id to continue after, or null, $3 limit
select m.user_id, u.email, u.name, m.role, m.since
from members as m inner join users as u using (user_id)
where m.project = $1 and ($2::text is null or m.user_id > $2)
order by m.user_id
limit $3
