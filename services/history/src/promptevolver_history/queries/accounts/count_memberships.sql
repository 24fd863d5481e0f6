-- $1 user id
select count(*) from members where user_id = $1
