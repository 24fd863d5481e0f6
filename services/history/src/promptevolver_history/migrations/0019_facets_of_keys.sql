create function key_facets(config jsonb) returns table (field text, value text)
language sql stable strict parallel safe as $$
    with recursive parts (path, value) as (
        select array[part.key], part.value
        from jsonb_each(config) as part
        union all
        select parts.path || inside.key, inside.value
        from parts
        cross join lateral jsonb_each(
            case jsonb_typeof(parts.value) when 'object' then parts.value else '{}' end
        ) as inside
        where cardinality(parts.path) < 7
    ),

    spelled (place, field, value) as (
        select
            row_number() over (partition by path[1] = 'metadata' order by path collate "C"),
            to_jsonb(
                case path[1] when 'metadata' then path else array_prepend('config', path) end
            )::text,
            case jsonb_typeof(value)
                when 'number' then trim_scale((value #>> '{}')::numeric)::text
                else value::text
            end
        from parts
        where
            jsonb_typeof(value) in ('string', 'number', 'boolean')
            and octet_length(value::text) <= 400
            and octet_length(to_jsonb(path)::text) <= 400
    )

    select field, value from spelled where place <= 50
$$;
comment on function key_facets is
    'Values of metadata and config of a run, as JSON, by their paths, as JSON; at most 50 of each, '
    'none of them long';

insert into run_facet_values (run_id, field, value, project)
select c.run_id, f.field, f.value, c.project
from run_configs as c
cross join lateral key_facets(c.config) as f;

insert into run_facets (project, field, value, runs)
select v.project, v.field, v.value, count(*)
from run_facet_values as v
where starts_with(v.field, '[')
group by v.project, v.field, v.value
union all
select v.project, v.field::jsonb ->> 0, (v.field::jsonb - 0)::text, count(*)
from run_facet_values as v
where starts_with(v.field, '[')
group by v.project, v.field;

comment on table run_facets is
    'How many runs of a project have which value: state, kind, strategy, program, dataset, '
    'task_model, metric, verdict, simulated; what key_facets gives; metadata and config: the keys '
    'of that';

-- Kept ones lack the note of the split that was searched on; they are made again when asked for.
delete from comparisons where kind = 'slices';
