-- $1 project, $2 user id, $3 role
insert into members (project, user_id, role) values ($1, $2, $3)
on conflict (project, user_id) do update set role = excluded.role
