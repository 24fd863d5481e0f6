-- $1 project, $2 view id
delete from saved_views where project = $1 and view_id = $2
