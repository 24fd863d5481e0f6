-- $1 user id
select session_id, address, agent, created_at, used_at, expires_at
from sessions
where user_id = $1 and ended_at is null and expires_at > now()
order by created_at desc, session_id desc
limit 200
