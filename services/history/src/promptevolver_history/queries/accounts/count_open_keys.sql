-- $1 project
select count(*) from api_keys
where project = $1 and revoked_at is null and (expires_at is null or expires_at > now())
