-- $1 invitation id, $2 token hash, $3 e-mail, $4 project, $5 role, $6 invited by, $7 expires at
insert into invitations (
    invitation_id, token_hash, email, project, role, invited_by, expires_at
)
values ($1, $2, $3, $4, $5, $6, $7)
returning
    invitation_id, email, project, role, invited_by, created_at, expires_at
