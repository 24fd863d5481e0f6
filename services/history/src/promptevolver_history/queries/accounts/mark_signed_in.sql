-- $1 user id, $2 password hash made anew, or null
update users set signed_in_at = now(), password_hash = coalesce($2, password_hash)
where user_id = $1
