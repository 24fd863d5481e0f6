-- $1 delivery id, $2 number, $3 duration in ms, $4 status or null, $5 error or null, $6 response
insert into webhook_attempts (delivery_id, number, duration_ms, status, error, response)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
