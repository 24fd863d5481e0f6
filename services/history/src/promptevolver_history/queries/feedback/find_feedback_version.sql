-- $1 project, $2 id or name of a prompt, $3 version
select p.prompt_id, v.program::jsonb ->> 'name' as program
from prompts as p
join prompt_versions as v on v.prompt_id = p.prompt_id
where p.project = $1 and (p.prompt_id = $2 or p.name = $2) and v.number = $3
