-- $1 set id
select
    min(i.bytes) as smallest,
    percentile_disc(0.5) within group (order by i.bytes) as median,
    percentile_disc(0.95) within group (order by i.bytes) as p95,
    max(i.bytes) as largest
from set_examples as s
inner join example_items as i on i.item_hash = s.item_hash
where s.set_id = $1
