-- $1 upload id, $2 first position, $3 position to stop before, $4 draft id, $5 position of the
-- first that is new to the draft
insert into set_examples (set_id, position, example_id, split, item_hash)
select $4, $5 + position, example_id, split, item_hash
from staged_examples
where upload_id = $1 and position >= $2 and position < $3
on conflict (set_id, example_id) do update
set split = excluded.split, item_hash = excluded.item_hash
