-- $1 run id, $2 sequence to continue after, $3 limit
select seq, kind, event_id, payload, trace_id
from imported_events
where run_id = $1 and seq > $2
order by seq
limit $3
