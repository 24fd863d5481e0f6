-- $1 dataset id, $2 example ids or null for all
with gone as (
    delete from sealed_examples
    where dataset_id = $1 and ($2::text[] is null or example_id = any($2))
    returning example_id
)
select count(*) from gone
