-- $1 e-mail's key
select
    user_id, email, name, is_operator, is_active, password_hash is null as is_external, created_at,
    signed_in_at, revision,
    password_hash
from users
where email_key = $1
