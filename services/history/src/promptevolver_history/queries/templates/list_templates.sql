-- $1 project, $2 task or null, $3 template id to continue below, or null, $4 limit
select
    t.template_id, t.name, t.created_at, v.version, v.content ->> 'title' as title,
    v.content ->> 'description' as description, v.content ->> 'task' as task,
    v.created_at as updated_at, v.created_by, v.created_by_name
from templates as t
inner join template_versions as v on t.template_id = v.template_id and t.version = v.version
where
    t.project = $1
    and ($2::text is null or t.task = $2)
    and ($3::text is null or t.template_id < $3)
order by t.template_id desc
limit $4
