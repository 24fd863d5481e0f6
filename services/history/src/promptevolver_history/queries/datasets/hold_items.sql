-- Keeps items from being deleted until the transaction ends, and counts those that are there.
-- $1 item hashes
select count(*) from (
    select from example_items where item_hash = any($1::bytea[]) for key share
) as held
