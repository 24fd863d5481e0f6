-- $1 project, $2 name or null, $3 tag or null, $4 run id or null,
-- $5 prompt id to continue below, or null, $6 limit
select
    p.prompt_id, p.project, p.name, p.description, p.tags, p.guards, p.latest, p.revision,
    p.created_at, p.created_by, p.created_by_name, p.updated_at,
    (
        select json_object_agg(l.label, l.version) from prompt_labels as l
        where l.prompt_id = p.prompt_id
    ) as labels
from prompts as p
where
    p.project = $1
    and ($2::text is null or p.name = $2)
    and ($3::text is null or p.tags @> array[$3::text])
    and (
        $4::text is null
        or exists (
            select from prompt_versions as v where v.prompt_id = p.prompt_id and v.run_id = $4
        )
    )
    and ($5::text is null or p.prompt_id < $5)
order by p.prompt_id desc
limit $6
