-- $1 project, $2 prompt id or name, null for all
select
    p.name, p.description, p.tags, v.prompt_id, v.number, v.candidate_id, v.program_hash,
    v.program, v.note, v.parent, v.origin, v.created_at, v.created_by, v.created_by_name,
    array(
        select l.label from prompt_labels as l
        where l.prompt_id = v.prompt_id and l.version = v.number
        order by l.label
    ) as labels
from prompts as p
inner join prompt_versions as v on v.prompt_id = p.prompt_id
where p.project = $1 and ($2::text is null or p.prompt_id = $2 or p.name = $2)
order by p.prompt_id, v.number
