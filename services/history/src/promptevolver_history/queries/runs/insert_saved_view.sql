-- $1 project, $2 view id, $3 name, $4 resource, $5 filter, $6 sort, $7 fields, $8 shared, $9 owner
insert into saved_views (
    project, view_id, name, resource, filter, sort, fields, shared, owner,
    version, created_at, changed_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, now(), now())
on conflict do nothing
returning
    view_id, name, resource, filter, sort, fields, shared, owner, version, created_at, changed_at
