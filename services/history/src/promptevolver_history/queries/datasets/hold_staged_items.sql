-- Keeps the items of staged rows from being deleted until the transaction ends; whether all of
-- them are there. $1 upload id, $2 first position, $3 position to stop before
with wanted as (
    select distinct item_hash
    from staged_examples
    where upload_id = $1 and position >= $2 and position < $3
),
held as (
    select i.item_hash
    from example_items as i
    where i.item_hash in (select w.item_hash from wanted as w)
    for key share of i
)
select (select count(*) from wanted) = (select count(*) from held) as whole
