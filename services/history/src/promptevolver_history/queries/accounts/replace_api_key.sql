-- $1 key id, $2 its successor's id, $3 when it ends at the latest
update api_keys set replaced_by = $2, expires_at = least(expires_at, $3::timestamptz)
where key_id = $1
