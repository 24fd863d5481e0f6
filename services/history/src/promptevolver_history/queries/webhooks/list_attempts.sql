-- $1 delivery id
select number, at, duration_ms, status, error, response
from webhook_attempts
where delivery_id = $1
order by number desc
limit 50
