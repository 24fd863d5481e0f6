-- $1 to $4: the columns of ConfigRow, in its order
insert into run_configs (run_id, project, config, words)
select *
from unnest($1::text[], $2::text[], $3::jsonb[], $4::text[])
