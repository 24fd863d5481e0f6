-- Moves runs from the values under which they were counted to those that they have now.
-- $1 run ids
with wanted as (
    select r.run_id, v.field, v.value, r.project
    from runs as r
    left join run_configs as c on c.run_id = r.run_id
    cross join lateral (
        values
        ('state', r.state),
        ('kind', r.kind),
        ('strategy', r.strategy),
        ('program', r.program),
        ('dataset', r.dataset),
        ('task_model', r.task_model),
        ('verdict', r.verdict),
        ('simulated', r.simulated::text)
        union all
        select 'metric', m ->> 'name' from jsonb_array_elements(c.config -> 'metrics') as m
        union all
        select k.field, k.value from key_facets(c.config) as k
    ) as v (field, value)
    where r.run_id = any($1::text[]) and r.project is not null and v.value is not null
),

left_behind as (
    delete from run_facet_values as k
    where
        k.run_id = any($1::text[])
        and not exists (
            select from wanted as w
            where w.run_id = k.run_id and w.field = k.field and w.value = k.value
        )
    returning k.project, k.field, k.value
),

new as (
    insert into run_facet_values (run_id, field, value, project)
    select run_id, field, value, project from wanted
    on conflict do nothing
    returning project, field, value
)

insert into run_facets as f (project, field, value, runs)
select moved.project, moved.field, moved.value, sum(moved.runs)
from (
    select project, field, value, 1 as runs from new
    union all
    select project, field, value, -1 from left_behind
    union all
    -- A run has one value of a key, so the keys are counted by them.
    select project, field::jsonb ->> 0, (field::jsonb - 0)::text, 1
    from new
    where starts_with(field, '[')
    union all
    select project, field::jsonb ->> 0, (field::jsonb - 0)::text, -1
    from left_behind
    where starts_with(field, '[')
) as moved
group by moved.project, moved.field, moved.value
having sum(moved.runs) <> 0
order by moved.project, moved.field, moved.value
on conflict (project, field, value) do update set runs = f.runs + excluded.runs
