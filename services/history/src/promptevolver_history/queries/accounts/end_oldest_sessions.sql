-- $1 user id, $2 how many may stay
with ended as (
    update sessions set ended_at = now()
    where session_id in (
        select session_id from sessions
        where user_id = $1 and ended_at is null
        order by expires_at > now() desc, created_at desc, session_id desc
        offset $2
    )
    returning session_id
)

delete from refresh_tokens
where session_id in (select session_id from ended)
