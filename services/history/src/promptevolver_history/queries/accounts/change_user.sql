-- $1 user id, then what is not null: $2 name, $3 active, $4 operator, $5 password hash
update users set
    name = coalesce($2, name),
    is_active = coalesce($3, is_active),
    is_operator = coalesce($4, is_operator),
    password_hash = coalesce($5, password_hash),
    revision = revision + 1
where user_id = $1
returning
    user_id, email, name, is_operator, is_active, password_hash is null as is_external, created_at,
    signed_in_at, revision
