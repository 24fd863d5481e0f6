-- A run may name a content that its project does not have: one that was imported.
-- $1 dataset version id, $2 example ids, $3 name of a key of metadata or null, $4 project
select
    s.example_id, s.split, coalesce(i.cluster, i.body ->> 'cluster') as cluster,
    md5(concat(i.body ->> 'inputs', chr(31), i.body ->> 'expected')) as content,
    i.body -> 'metadata' ->> $3::text as label
from set_examples as s
inner join dataset_grants as g on g.project = $4 and g.set_id = s.set_id
inner join example_items as i on i.item_hash = s.item_hash
where s.set_id = $1 and s.example_id = any($2::text[])
