-- $1 project, $2 run id, $3 candidate id or null for the one that it ended with
select
    r.program,
    r.ended_with,
    r.request::jsonb -> 'dataset' ->> 'id' as set_id,
    c.candidate_id
from runs as r
left join candidates as c on c.run_id = r.run_id and c.candidate_id = coalesce($3, r.ended_with)
where r.project = $1 and r.run_id = $2
