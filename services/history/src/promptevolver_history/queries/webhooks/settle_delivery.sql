-- $1 delivery id, $2 state, $3 seconds until the next attempt or null
update webhook_deliveries
set
    state = $2,
    next_attempt_at = case when $2 = 'pending' then now() + make_interval(secs => $3) end,
    claimed_until = null,
    settled_at = case when $2 <> 'pending' then now() end,
    delivered_at = case when $2 = 'delivered' then now() end
where delivery_id = $1 and state = 'pending'
