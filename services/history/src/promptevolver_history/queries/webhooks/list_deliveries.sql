-- $1 webhook id, $2 state or null, $3 id to continue below or null, $4 limit
select
    delivery_id, webhook_id, event_type, state, attempts, created_at, next_attempt_at,
    delivered_at, redelivery_of
from webhook_deliveries
where
    webhook_id = $1
    and ($2::text is null or state = $2)
    and ($3::text is null or delivery_id < $3)
order by delivery_id desc
limit $4
