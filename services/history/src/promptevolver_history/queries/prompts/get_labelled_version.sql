-- $1 project, $2 prompt id or name, $3 label
select
    p.name, m.move_id, m.reason, m.at, m.moved_by, m.moved_by_name,
    v.prompt_id, v.number, v.candidate_id, v.program_hash, v.program, v.note, v.parent, v.origin, v.verdict,
    v.created_at, v.created_by, v.created_by_name
from prompts as p
inner join prompt_labels as l on p.prompt_id = l.prompt_id
inner join prompt_label_moves as m on l.move_id = m.move_id
inner join prompt_versions as v on l.prompt_id = v.prompt_id and l.version = v.number
where p.project = $1 and (p.prompt_id = $2 or p.name = $2) and l.label = $3
