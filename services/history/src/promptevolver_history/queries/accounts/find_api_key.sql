-- $1 prefix
select
    k.key_id, k.project, k.name, k.prefix, k.scopes, k.created_by, k.created_at, k.expires_at,
    k.revoked_at, k.last_used_at, k.last_address, k.replaced_by, k.secret_hash, k.owner,
    u.is_active, p.archived_at is not null as archived,
    case when u.is_operator then 'admin' else m.role end as owner_role
from api_keys as k
inner join projects as p using (project)
left join users as u on k.owner = u.user_id
left join members as m on k.owner = m.user_id and k.project = m.project
where
    k.prefix = $1 and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > now())
