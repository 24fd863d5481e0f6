-- $1 project, $2 id to continue after or null, $3 limit
select webhook_id, project, url, events, description, active, created_at, updated_at
from webhooks
where project = $1 and ($2::text is null or webhook_id > $2)
order by webhook_id
limit $3
