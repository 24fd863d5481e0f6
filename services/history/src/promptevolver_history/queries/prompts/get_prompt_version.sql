-- $1 project, $2 prompt id or name, $3 number
select
    v.prompt_id, v.number, v.candidate_id, v.program_hash, v.program, v.note, v.parent, v.origin, v.verdict,
    v.created_at, v.created_by, v.created_by_name
from prompts as p
inner join prompt_versions as v on p.prompt_id = v.prompt_id
where p.project = $1 and (p.prompt_id = $2 or p.name = $2) and v.number = $3
