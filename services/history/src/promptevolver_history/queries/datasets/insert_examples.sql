-- $1 content id, $2 positions, $3 example ids, $4 splits, $5 item hashes
insert into set_examples (position, example_id, split, item_hash, set_id)
select new.*, $1::text
from unnest($2::integer[], $3::text[], $4::text[], $5::bytea[]) as new
on conflict (set_id, position) do nothing
