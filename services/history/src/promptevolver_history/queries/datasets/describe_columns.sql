-- $1 set id, $2 limit
with items as (
    select i.body
    from set_examples as s
    inner join example_items as i on i.item_hash = s.item_hash
    where s.set_id = $1
),
cells as (
    select 'inputs.' || c.key as name, c.value
    from items cross join json_each(items.body -> 'inputs') as c
    union all
    select 'metadata.' || c.key, c.value
    from items cross join json_each(items.body -> 'metadata') as c
    union all
    select 'expected', items.body -> 'expected' from items
)
select
    name,
    count(*) = (select count(*) from items)
    and bool_and(json_typeof(value) = 'string' and value #>> '{}' <> '') as plain
from cells
group by name
order by name
limit $2
