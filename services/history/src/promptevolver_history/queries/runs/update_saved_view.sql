-- $1 project, $2 view id, $3 name, $4 resource, $5 filter, $6 sort, $7 fields, $8 shared
update saved_views
set
    name = $3, resource = $4, filter = $5, sort = $6, fields = $7, shared = $8,
    version = version + 1, changed_at = now()
where project = $1 and view_id = $2
returning
    view_id, name, resource, filter, sort, fields, shared, owner, version, created_at, changed_at
