-- $1 project, $2 invitation id to continue below, or null, $3 limit
select
    invitation_id, email, project, role, invited_by, created_at, expires_at
from invitations
where
    project = $1 and closed_at is null and expires_at > now()
    and ($2::text is null or invitation_id < $2)
order by invitation_id desc
limit $3
