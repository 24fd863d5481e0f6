-- $1 project, $2 prompt id or name
select
    p.prompt_id, p.project, p.name, p.description, p.tags, p.guards, p.latest, p.revision,
    p.created_at, p.created_by, p.created_by_name, p.updated_at,
    (
        select json_object_agg(l.label, l.version) from prompt_labels as l
        where l.prompt_id = p.prompt_id
    ) as labels
from prompts as p
where p.project = $1 and (p.prompt_id = $2 or p.name = $2)
