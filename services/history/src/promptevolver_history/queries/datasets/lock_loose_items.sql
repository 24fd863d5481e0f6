-- Locks those that nothing refers to and that nobody is about to refer to.
-- The limit makes it a look-up in the index for each item, however many rows refer to them.
-- $1 item hashes
select i.item_hash
from example_items as i
where
    i.item_hash = any($1::bytea[])
    and not coalesce(
        (select true from set_examples as s where s.item_hash = i.item_hash limit 1), false
    )
for update of i skip locked
