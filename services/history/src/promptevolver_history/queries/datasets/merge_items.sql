-- $1 upload id, $2 first position, $3 position to stop before
insert into example_items (
    item_hash, body, cluster, bytes, inputs_hash, expected_hash, likeness, expected_empty
)
select distinct on (item_hash)
    item_hash, body, cluster, bytes, inputs_hash, expected_hash, likeness, expected_empty
from staged_examples
where upload_id = $1 and position >= $2 and position < $3
order by item_hash
on conflict (item_hash) do nothing
