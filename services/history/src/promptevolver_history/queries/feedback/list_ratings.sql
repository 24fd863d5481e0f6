-- The latest rating that each person gave to an output which the metric scored.
-- $1 project, $2 metric, $3 run ids; none: all
select distinct on (f.run_id, f.candidate_id, f.example_id, f.repeat, f.created_by)
    f.run_id, f.candidate_id, f.example_id, f.repeat, f.created_by, f.rating,
    (o.scores ->> $2)::double precision as score
from feedback as f
join outcomes as o
    on
        o.run_id = f.run_id and o.candidate_id = f.candidate_id
        and o.example_id = f.example_id and o.repeat = f.repeat
where
    f.project = $1
    and f.target = 'output'
    and f.rating is not null
    and f.withdrawn_at is null
    and (f.metric is null or f.metric = $2)
    and (cardinality($3::text[]) = 0 or f.run_id = any($3::text[]))
    and o.scores ->> $2 is not null
order by
    f.run_id, f.candidate_id, f.example_id, f.repeat, f.created_by, f.feedback_id desc,
    o.stream_seq desc
limit 20000
