-- $1 project, $2 invitation id
update invitations set closed_at = now()
where project = $1 and invitation_id = $2 and closed_at is null
returning email
