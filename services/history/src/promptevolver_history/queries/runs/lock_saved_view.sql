-- $1 project, $2 view id
select owner, shared, version
from saved_views
where project = $1 and view_id = $2
for update
