-- $1 webhook id, $2 id of the delivery to repeat
insert into webhook_deliveries (webhook_id, event_id, event_type, payload, redelivery_of)
select webhook_id, event_id || ':' || uuidv7()::text, event_type, payload, delivery_id
from webhook_deliveries
where webhook_id = $1 and delivery_id = $2
returning delivery_id
