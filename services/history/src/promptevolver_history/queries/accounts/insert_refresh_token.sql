-- $1 token hash, $2 session id, $3 expires at
insert into refresh_tokens (token_hash, session_id, expires_at)
select $1, session_id, least($3::timestamptz, expires_at) from sessions where session_id = $2
