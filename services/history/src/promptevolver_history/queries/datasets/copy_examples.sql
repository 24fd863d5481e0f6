-- $1 set to copy from, $2 set to copy to, $3 first position, $4 position to stop before
insert into set_examples (set_id, position, example_id, split, item_hash)
select $2, position, example_id, split, item_hash
from set_examples
where set_id = $1 and position >= $3 and position < $4
