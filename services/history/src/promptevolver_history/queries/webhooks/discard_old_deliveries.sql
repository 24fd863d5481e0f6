-- $1 days that settled deliveries are kept
delete from webhook_deliveries
where state <> 'pending' and settled_at < now() - make_interval(days => $1)
