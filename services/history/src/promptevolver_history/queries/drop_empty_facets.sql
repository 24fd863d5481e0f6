-- Rows in which others are counting right now are theirs to drop; those of this transaction are
-- locked by it already. What key_facets gives is said once of a run, so it is never left.
-- $1 run ids
delete from run_facets
where (project, field, value) in (
    select f.project, f.field, f.value
    from run_facets as f
    where
        f.runs = 0
        and f.field in (
            'state', 'kind', 'strategy', 'program', 'dataset', 'task_model', 'verdict',
            'simulated', 'metric'
        )
        and f.project in (select r.project from runs as r where r.run_id = any($1::text[]))
    for update skip locked
)
