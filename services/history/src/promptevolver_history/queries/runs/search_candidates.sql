-- The rows of candidate lists; filters, order and limit are put around it.
-- $1 project, $2 run id
select
    c.run_id, c.candidate_id, c.ordinal, c.step, c.parents, c.texts, c.operator, c.status,
    c.full_mean, c.full_examples, c.pinned, c.vetoed, r.ranked_on,
    (
        select
            json_object_agg(m.metric, (m.total / m.n)::double precision order by m.metric)
        from candidate_metrics as m
        where
            m.run_id = c.run_id and m.candidate_id = c.candidate_id and m.split = r.ranked_on
            and m.n > 0
    ) as scores
from candidates as c
inner join runs as r on r.run_id = c.run_id
where c.run_id = $2 and r.project = $1 and c.ordinal is not null
