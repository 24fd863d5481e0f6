-- $1 webhook id, $2 delivery id
select
    delivery_id, webhook_id, event_type, state, attempts, created_at, next_attempt_at,
    delivered_at, redelivery_of, payload
from webhook_deliveries
where webhook_id = $1 and delivery_id = $2
