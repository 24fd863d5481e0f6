-- $1 issuer, $2 subject
select
    user_id, email, name, is_operator, is_active, password_hash is null as is_external, created_at,
    signed_in_at, revision
from users
where issuer = $1 and subject = $2
