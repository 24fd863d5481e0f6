-- $1 project, $2 webhook id
select webhook_id from webhooks where project = $1 and webhook_id = $2 for update
