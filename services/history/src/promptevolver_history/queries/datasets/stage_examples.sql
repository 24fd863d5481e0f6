-- $1 upload id, $2 positions, $3 example ids, $4 splits, $5 item hashes, $6 bodies, $7 clusters,
-- $8 bytes, $9 hashes of inputs, $10 of expected values, $11 of what inputs are like, $12 whether
-- nothing is expected
insert into staged_examples (
    upload_id, position, example_id, split, item_hash, body, cluster, bytes, inputs_hash,
    expected_hash, likeness, expected_empty
)
select $1, new.*
from unnest(
    $2::integer[], $3::text[], $4::text[], $5::bytea[], $6::json[], $7::text[], $8::integer[],
    $9::bytea[], $10::bytea[], $11::bytea[], $12::boolean[]
) as new
on conflict do nothing
returning position
