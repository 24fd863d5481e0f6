-- $1 project, $2 user id
delete from members where project = $1 and user_id = $2
returning role
