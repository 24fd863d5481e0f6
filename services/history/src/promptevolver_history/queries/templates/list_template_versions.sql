-- $1 template id, $2 version to continue below, or null, $3 limit
select
    t.template_id, t.name, t.created_at, v.version, v.content ->> 'title' as title,
    v.content ->> 'description' as description, v.content ->> 'task' as task,
    v.created_at as updated_at, v.created_by, v.created_by_name
from templates as t
inner join template_versions as v on t.template_id = v.template_id
where t.template_id = $1 and ($2::integer is null or v.version < $2)
order by v.version desc
limit $3
