-- $1 project
select count(*) from invitations where project = $1 and closed_at is null and expires_at > now()
