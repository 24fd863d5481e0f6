-- Only the original and accepted candidates that nobody vetoed can be a run's best; of equals the
-- earlier is. A run whose summary stays is not written.
-- $1 run ids
update runs as r
set original_mean = s.original_mean, best = s.best, best_mean = s.best_mean
from (
    select r.run_id, o.full_mean as original_mean, b.candidate_id as best, b.full_mean as best_mean
    from runs as r
    left join candidates as o on o.run_id = r.run_id and o.candidate_id = r.original
    left join lateral (
        select c.candidate_id, c.full_mean from candidates as c
        where
            c.run_id = r.run_id and c.full_mean is not null
            and (c.is_original or c.is_accepted) and not c.vetoed
        order by c.full_mean desc, c.ordinal
        limit 1
    ) as b on true
    where r.run_id = any($1::text[])
) as s
where
    r.run_id = s.run_id
    and (r.original_mean, r.best, r.best_mean)
    is distinct from (s.original_mean, s.best, s.best_mean)
