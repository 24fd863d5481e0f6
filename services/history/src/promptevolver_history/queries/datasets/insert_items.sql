-- In the order of the hashes, so that two writers never wait for each other in a circle.
-- $1 item hashes, $2 bodies, $3 clusters, $4 bytes, $5 hashes of inputs, $6 of expected values,
-- $7 of what inputs are like, $8 whether nothing is expected
insert into example_items (
    item_hash, body, cluster, bytes, inputs_hash, expected_hash, likeness, expected_empty
)
select distinct on (new.item_hash) new.*
from unnest(
    $1::bytea[], $2::json[], $3::text[], $4::integer[], $5::bytea[], $6::bytea[], $7::bytea[],
    $8::boolean[]
) as new (
    item_hash, body, cluster, bytes, inputs_hash, expected_hash, likeness, expected_empty
)
order by new.item_hash
on conflict (item_hash) do nothing
