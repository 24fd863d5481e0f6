-- The user who does something, by themselves or by a key of theirs. $1 id of the actor
select user_id from users where starts_with($1::text, 'user:') and user_id = substr($1, 6)
union all
select owner from api_keys
where starts_with($1::text, 'key:') and key_id = substr($1, 5) and owner is not null
