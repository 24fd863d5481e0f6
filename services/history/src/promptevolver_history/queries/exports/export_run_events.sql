-- $1 project, $2 run id
select e.kind, e.event_id, e.trace_id, e.payload
from events as e
where e.run_id = $2 and exists (select from runs as r where r.run_id = $2 and r.project = $1)
order by e.stream_epoch, e.stream_seq
