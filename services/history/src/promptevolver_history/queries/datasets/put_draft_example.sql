-- $1 draft id, $2 example id, $3 split, $4 item hash
insert into set_examples (set_id, position, example_id, split, item_hash)
select $1, coalesce(max(s.position), -1) + 1, $2, $3, $4
from set_examples as s
where s.set_id = $1
on conflict (set_id, example_id) do update
set split = excluded.split, item_hash = excluded.item_hash
