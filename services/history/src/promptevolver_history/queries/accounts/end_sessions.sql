-- $1 user id, $2 this session alone or null, $3 not this session or null
with ended as (
    update sessions set ended_at = now()
    where
        user_id = $1 and ended_at is null
        and ($2::text is null or session_id = $2)
        and ($3::text is null or session_id != $3)
    returning session_id
),

forgotten as (
    delete from refresh_tokens
    where session_id in (select session_id from ended)
)

select session_id from ended
