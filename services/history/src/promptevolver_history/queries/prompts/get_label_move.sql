-- $1 prompt id, $2 label, $3 move id
select move_id, to_version, undo_move
from prompt_label_moves
where prompt_id = $1 and label = $2 and move_id = $3
