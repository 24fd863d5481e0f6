-- $1 token hash
select
    t.session_id, t.successor_hash, s.user_id, t.exchanged_at,
    now() - t.exchanged_at as since_exchange,
    t.expires_at > now() as is_fresh,
    s.ended_at is null and s.expires_at > now() and u.is_active as is_open
from refresh_tokens as t
inner join sessions as s using (session_id)
inner join users as u using (user_id)
where t.token_hash = $1
for update of s, t
