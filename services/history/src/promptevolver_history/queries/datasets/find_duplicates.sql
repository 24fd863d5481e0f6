-- Equal inputs and expected within one split.
-- $1 set id
with found as (
    select
        (array_agg(s.example_id order by s.position)) [1:5] as ids,
        array_agg(distinct s.split) as splits, count(*) as n, min(s.position) as first
    from set_examples as s
    inner join example_items as i on i.item_hash = s.item_hash
    where s.set_id = $1
    group by i.inputs_hash, i.expected_hash, s.split
    having count(*) > 1
)
select
    ids, splits, n, count(*) over () as groups, (sum(n) over ())::bigint as items
from found
order by first
limit 10
