-- $1 user id or null, $2 and $3: created_at and project to continue after, or null, $4 limit,
-- $5 this project alone or null
select
    project, name, description, created_at, archived_at, max_active_runs, daily_usd, revision
from projects as p
where
    (
        $1::text is null
        or exists (select from members as m where m.project = p.project and m.user_id = $1)
    )
    and ($2::timestamptz is null or (p.created_at, p.project) > ($2, $3::text))
    and ($5::text is null or p.project = $5)
order by p.created_at, p.project
limit $4
