-- $1 prompt id, $2 label, $3 version, $4 move id
insert into prompt_labels (prompt_id, label, version, move_id)
values ($1, $2, $3, $4)
on conflict (prompt_id, label)
do update set version = excluded.version, move_id = excluded.move_id
