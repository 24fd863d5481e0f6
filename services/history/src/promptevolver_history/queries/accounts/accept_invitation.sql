-- $1 token hash
update invitations set closed_at = now()
where token_hash = $1 and closed_at is null and expires_at > now()
returning
    invitation_id, email, project, role, invited_by, created_at, expires_at
