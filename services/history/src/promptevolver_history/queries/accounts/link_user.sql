-- Whoever knew the password has not proved that the address is theirs, so it is worth nothing now.
-- $1 e-mail's key, $2 issuer, $3 subject
update users set issuer = $2, subject = $3, password_hash = null, revision = revision + 1
where email_key = $1 and issuer is null
returning
    user_id, email, name, is_operator, is_active, password_hash is null as is_external, created_at,
    signed_in_at, revision
