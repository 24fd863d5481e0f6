-- $1 project, $2 webhook id
delete from webhooks where project = $1 and webhook_id = $2 returning url
