-- $1 hashes of items that are locked
with gone as (
    delete from example_items as i
    where
        i.item_hash = any($1::bytea[])
        and not coalesce(
            (select true from set_examples as s where s.item_hash = i.item_hash limit 1), false
        )
    returning i.item_hash
)
select count(*) from gone
