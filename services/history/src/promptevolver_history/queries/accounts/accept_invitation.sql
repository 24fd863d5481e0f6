-- An invitation is worth no more than who invites: once they may not any more, it is over. What
-- neither a user nor a key of the database has sent is an operator's.
-- $1 token hash
update invitations as i set closed_at = now()
where
    i.token_hash = $1 and i.closed_at is null and i.expires_at > now()
    and case
        when starts_with(i.invited_by, 'user:') then exists (
            select from users as u
            left join members as m on u.user_id = m.user_id and m.project = i.project
            where
                u.user_id = substr(i.invited_by, 6) and u.is_active
                and (u.is_operator or m.role = 'admin')
        )
        else not exists (
            select from api_keys as k
            left join users as u on k.owner = u.user_id
            left join members as m on k.owner = m.user_id and k.project = m.project
            where
                k.key_id = substr(i.invited_by, 5)
                and (
                    k.revoked_at is not null
                    or k.expires_at <= now()
                    or (
                        k.owner is not null
                        and not (u.is_active and (u.is_operator or coalesce(m.role, '') = 'admin'))
                    )
                )
        )
    end
returning
    i.invitation_id, i.email, i.project, i.role, i.invited_by, i.created_at, i.expires_at
