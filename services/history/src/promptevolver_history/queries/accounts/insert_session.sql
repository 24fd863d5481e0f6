-- $1 session id, $2 user id, $3 address, $4 agent, $5 expires at
insert into sessions (session_id, user_id, address, agent, expires_at)
values ($1, $2, $3, $4, $5)
