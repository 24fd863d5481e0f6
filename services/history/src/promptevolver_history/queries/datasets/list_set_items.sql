-- $1 set id, $2 dataset id, $3 split or null, $4 cluster or null, $5 pattern of the id or content
-- or null, $6 position to continue after, $7 limit
select
    s.position, s.example_id, s.split, i.body as example,
    exists (
        select 1 from sealed_examples as x
        where x.dataset_id = $2 and x.example_id = s.example_id
    ) as sealed
from set_examples as s
inner join example_items as i on i.item_hash = s.item_hash
where
    s.set_id = $1
    and s.position > $6
    and ($3::text is null or s.split = $3)
    and ($4::text is null or i.cluster = $4)
    and ($5::text is null or s.example_id ilike $5 or i.body::text ilike $5)
order by s.position
limit $7
