-- The rows of a run's log; filters, order and limit are put around it.
-- $1 project, $2 run id
select e.stream_epoch, e.stream_seq, e.kind, e.type, e.payload, e.trace_id, e.at
from events as e
where
    e.run_id = $2 and e.kind <> 'res'
    and exists (select from runs as r where r.run_id = $2 and r.project = $1)
