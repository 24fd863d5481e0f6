-- $1 user id, $2 e-mail, $3 its key, $4 name, $5 password hash or null, $6 issuer or null,
-- $7 subject or null, $8 operator
insert into users (
    user_id, email, email_key, name, password_hash, issuer, subject, is_operator
)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning
    user_id, email, name, is_operator, is_active, password_hash is null as is_external, created_at,
    signed_in_at, revision
