-- $1 prompt id, $2 label
select
    m.move_id, m.prompt_id, m.label, m.kind, m.from_version, m.to_version, m.undo_move, m.verdict,
    m.override, m.reason, m.at, m.moved_by, m.moved_by_name
from prompt_labels as l
inner join prompt_label_moves as m on l.move_id = m.move_id
where l.prompt_id = $1 and l.label = $2
