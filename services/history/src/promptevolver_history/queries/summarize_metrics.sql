-- Rows of metrics that no longer concern the original or the best go, all others are set anew.
-- $1 run ids
with wanted as (
    select
        r.run_id, m.split, m.metric, r.project,
        m.split is not distinct from r.ranked_on as ranked,
        coalesce(sum(m.n) filter (where m.candidate_id = r.original), 0)::bigint as original_n,
        sum(m.total / m.n) filter (where m.candidate_id = r.original) as original_mean,
        coalesce(sum(m.n) filter (where m.candidate_id = r.best_is), 0)::bigint as best_n,
        sum(m.total / m.n) filter (where m.candidate_id = r.best_is) as best_mean
    from runs as r
    inner join candidate_metrics as m
        on m.run_id = r.run_id and m.candidate_id in (r.original, r.best_is)
    where r.run_id = any($1::text[])
    group by r.run_id, m.split, m.metric
),

gone as (
    delete from run_metrics as k
    where
        k.run_id = any($1::text[])
        and not exists (
            select from wanted as w
            where w.run_id = k.run_id and w.split = k.split and w.metric = k.metric
        )
)

insert into run_metrics as k
select * from wanted
on conflict (run_id, split, metric) do update set
    project = excluded.project,
    ranked = excluded.ranked,
    original_n = excluded.original_n,
    original_mean = excluded.original_mean,
    best_n = excluded.best_n,
    best_mean = excluded.best_mean
where
    (k.project, k.ranked, k.original_n, k.original_mean, k.best_n, k.best_mean)
    is distinct from (
        excluded.project, excluded.ranked, excluded.original_n, excluded.original_mean,
        excluded.best_n, excluded.best_mean
    )
