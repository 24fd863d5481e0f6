-- The rows of mutation lists; filters, order and limit are put around it.
-- $1 project, $2 run id
select
    m.stream_seq, m.step, m.operator, m.child, m.parents, m.components, m.rationale,
    m.example_ids, m.feedback_ids, m.at
from mutations as m
where m.run_id = $2 and exists (select from runs as r where r.run_id = $2 and r.project = $1)
