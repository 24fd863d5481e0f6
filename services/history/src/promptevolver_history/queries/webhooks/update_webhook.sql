-- $1 project, $2 webhook id, $3 url, $4 events, $5 description, $6 active, $7 secret; null: stays
update webhooks
set
    url = coalesce($3, url),
    events = coalesce($4::text[], events),
    description = coalesce($5, description),
    active = coalesce($6::boolean, active),
    secret = coalesce($7, secret),
    updated_at = now()
where project = $1 and webhook_id = $2
