-- $1 user id
select
    m.project, p.name, m.role,
    p.archived_at is not null as archived
from members as m inner join projects as p using (project)
where m.user_id = $1
order by p.created_at, p.project
limit 200
