-- $1 project, $2 content id
insert into dataset_grants (project, set_id) values ($1, $2)
on conflict (project, set_id) do nothing
