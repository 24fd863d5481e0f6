-- $1 project, $2 who asks, $3 resource or null, $4 id to continue above, $5 limit
select
    view_id, name, resource, filter, sort, fields, shared, owner, version, created_at, changed_at
from saved_views
where
    project = $1 and (shared or owner = $2) and ($3::text is null or resource = $3)
    and view_id > $4
order by view_id
limit $5
