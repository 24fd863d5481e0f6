-- The first counts where nobody names a project: to be made a member of another one, even of one
-- that is older, must not lead anybody's requests there. $1 user id
select
    m.project, p.name, m.role,
    p.archived_at is not null as archived
from members as m inner join projects as p using (project)
where m.user_id = $1
order by m.since, m.project
limit 200
