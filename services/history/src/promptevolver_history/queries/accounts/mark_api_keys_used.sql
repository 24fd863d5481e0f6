-- $1 key ids, $2 when each was used, $3 from where
update api_keys as k set last_used_at = used.at, last_address = used.address
from unnest($1::text[], $2::timestamptz[], $3::text[]) as used (key_id, at, address)
where k.key_id = used.key_id and (k.last_used_at is null or k.last_used_at < used.at)
