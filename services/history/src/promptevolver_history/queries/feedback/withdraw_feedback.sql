-- $1 project, $2 feedback id
update feedback set withdrawn_at = coalesce(withdrawn_at, now())
where project = $1 and feedback_id = $2
returning feedback_id
