-- $1 token hash
select exists (select from refresh_tokens where token_hash = $1 and exchanged_at is null)
