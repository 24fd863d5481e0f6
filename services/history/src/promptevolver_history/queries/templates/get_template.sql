-- $1 project, $2 template id or name, $3 version or null for the newest
select
    t.template_id, t.name, t.created_at, v.version, v.content, v.created_at as updated_at,
    v.created_by, v.created_by_name
from templates as t
inner join template_versions as v
    on t.template_id = v.template_id and v.version = coalesce($3, t.version)
where t.project = $1 and (t.template_id = $2 or t.name = $2)
