-- $1 prompt id, $2 label, $3 move id to continue below, or null, $4 limit
select
    move_id, prompt_id, label, kind, from_version, to_version, verdict, override, reason, at,
    moved_by, moved_by_name
from prompt_label_moves
where prompt_id = $1 and label = $2 and ($3::bigint is null or move_id < $3)
order by move_id desc
limit $4
