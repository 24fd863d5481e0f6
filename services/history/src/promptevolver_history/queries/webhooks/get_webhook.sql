-- $1 project, $2 webhook id
select webhook_id, project, url, events, description, active, created_at, updated_at
from webhooks
where project = $1 and webhook_id = $2
