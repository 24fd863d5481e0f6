-- $1 project, $2 owner
select count(*) from saved_views where project = $1 and owner = $2
