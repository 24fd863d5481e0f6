-- Notes that the draft changed: a new revision, and how many items it has by split.
-- $1 dataset id
with counted as (
    select d.draft_id, coalesce(json_object_agg(n.split, n.items), '{}') as sizes
    from datasets as d
    left join lateral (
        select s.split, count(*) as items
        from set_examples as s
        where s.set_id = d.draft_id
        group by s.split
    ) as n on true
    where d.dataset_id = $1 and n.split is not null
    group by d.draft_id
),
touched as (
    update datasets set revision = revision + 1, updated_at = now()
    where dataset_id = $1
    returning draft_id
)
update example_sets as s
set sizes = coalesce((select counted.sizes from counted), '{}')
from touched
where s.set_id = touched.draft_id
