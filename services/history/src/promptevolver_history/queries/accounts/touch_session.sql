-- $1 session id, $2 address
with forgotten as (
    delete from refresh_tokens where session_id = $1 and expires_at < now()
)

update sessions set used_at = now(), address = $2 where session_id = $1
