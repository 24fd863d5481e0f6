-- $1 project, $2 template id or name
select template_id, version
from templates
where project = $1 and (template_id = $2 or name = $2)
for update
