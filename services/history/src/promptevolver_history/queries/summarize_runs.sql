-- Only the original and accepted candidates can be a run's best; of equals the earlier is.
-- $1 run ids
update runs as r
set
    original_mean = (
        select c.full_mean from candidates as c
        where c.run_id = r.run_id and c.candidate_id = r.original
    ),
    (best, best_mean) = (
        select c.candidate_id, c.full_mean from candidates as c
        where
            c.run_id = r.run_id and c.full_mean is not null
            and (c.is_original or c.is_accepted)
        order by c.full_mean desc, c.ordinal
        limit 1
    )
where r.run_id = any($1::text[])
