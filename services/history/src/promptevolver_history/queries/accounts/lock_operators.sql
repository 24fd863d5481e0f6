select user_id from users where is_operator and is_active order by user_id for update
