-- Items ten times as large as the median, or more, as one group.
-- $1 set id, $2 median
select
    (array_agg(s.example_id order by i.bytes desc)) [1:5] as ids,
    array_agg(distinct s.split) as splits, count(*) as n, 1 as groups, count(*) as items
from set_examples as s
inner join example_items as i on i.item_hash = s.item_hash
where s.set_id = $1 and i.bytes >= 10 * $2::integer
having count(*) > 0
