-- $1 job id, $2 role, $3 number, $4 content
insert into job_parts (job_id, role, number, content) values ($1, $2, $3, $4)
on conflict (job_id, role, number) do update set content = excluded.content
