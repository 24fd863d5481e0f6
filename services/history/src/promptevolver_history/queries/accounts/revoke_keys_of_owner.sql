-- $1 user id
update api_keys set revoked_at = now()
where owner = $1 and revoked_at is null
returning key_id, project, name
