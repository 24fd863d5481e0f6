-- $1 token hash, $2 its successor's
update refresh_tokens set exchanged_at = now(), successor_hash = $2 where token_hash = $1
