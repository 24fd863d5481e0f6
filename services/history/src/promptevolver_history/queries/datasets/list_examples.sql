-- $1 content id, $2 split or null, $3 position to start at, $4 limit
with page as (
    select position, example_id, split, item_hash
    from set_examples
    where set_id = $1 and ($2::text is null or split = $2) and position >= $3
    order by position
    limit $4
)
select p.position, p.example_id, p.split, i.body as example
from page as p
inner join example_items as i on i.item_hash = p.item_hash
order by p.position
