-- $1 prompt id, $2 label, $3 kind, $4 version before or null, $5 version after or null,
-- $6 move to undo to or null, $7 verdict or null, $8 override or null, $9 reason,
-- $10 author's id, $11 author's name
insert into prompt_label_moves (
    prompt_id, label, kind, from_version, to_version, undo_move, verdict, override, reason,
    moved_by, moved_by_name
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
returning
    move_id, prompt_id, label, kind, from_version, to_version, verdict, override, reason, at,
    moved_by, moved_by_name
