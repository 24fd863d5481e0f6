-- $1 project, $2 view id, $3 who asks
select
    view_id, name, resource, filter, sort, fields, shared, owner, version, created_at, changed_at
from saved_views
where project = $1 and view_id = $2 and (shared or owner = $3)
