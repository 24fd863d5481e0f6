-- $1 session id, $2 user id
select exists (
    select from sessions
    where session_id = $1 and user_id = $2 and ended_at is null and expires_at > now()
)
