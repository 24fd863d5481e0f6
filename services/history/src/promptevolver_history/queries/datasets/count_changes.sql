-- $1 set before or null, $2 set after
with a as (select * from set_examples where set_id = $1),
b as (select * from set_examples where set_id = $2)
select
    count(*) filter (where a.example_id is null) as added,
    count(*) filter (where b.example_id is null) as removed,
    count(*) filter (where a.item_hash <> b.item_hash) as changed,
    count(*) filter (where a.split <> b.split) as moved,
    count(*) filter (where a.item_hash = b.item_hash and a.split = b.split) as unchanged
from a
full join b on b.example_id = a.example_id
