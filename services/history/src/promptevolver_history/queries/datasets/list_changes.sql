-- $1 set before or null, $2 set after, $3 kind of change or null, $4 example id to continue
-- after, $5 limit
with a as (select * from set_examples where set_id = $1 and example_id > $4),
b as (select * from set_examples where set_id = $2 and example_id > $4),
page as (
    select
        coalesce(a.example_id, b.example_id) as example_id,
        a.split as split_before, b.split as split_after,
        a.item_hash as hash_before, b.item_hash as hash_after
    from a
    full join b on b.example_id = a.example_id
    where
        case $3::text
            when 'added' then a.example_id is null
            when 'removed' then b.example_id is null
            when 'changed' then a.item_hash <> b.item_hash
            when 'moved' then a.split <> b.split
            else a.item_hash is distinct from b.item_hash or a.split is distinct from b.split
        end
    order by 1
    limit $5
)
select
    p.example_id, p.split_before, p.split_after, p.hash_before = p.hash_after as same,
    x.body as before, y.body as after
from page as p
left join example_items as x on x.item_hash = p.hash_before
left join example_items as y on y.item_hash = p.hash_after
order by p.example_id
