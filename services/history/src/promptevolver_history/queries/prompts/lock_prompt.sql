-- $1 project, $2 prompt id or name
select prompt_id, name, guards, latest, revision
from prompts
where project = $1 and (prompt_id = $2 or name = $2)
for update
