-- $1 webhook id, $2 payload
insert into webhook_deliveries (webhook_id, event_id, event_type, payload)
values ($1, 'ping:' || uuidv7()::text, 'webhook.ping', $2::json)
returning delivery_id
