-- $1 part of address or name, or null, $2 user id to continue after, or null, $3 limit
select
    user_id, email, name, is_operator, is_active, password_hash is null as is_external, created_at,
    signed_in_at, revision
from users
where
    ($1::text is null or strpos(email_key, lower($1)) > 0 or strpos(lower(name), lower($1)) > 0)
    and ($2::text is null or user_id > $2)
order by user_id
limit $3
