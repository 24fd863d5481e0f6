-- Gives a split to rows that said none: the sealed, else the one that they have, else the default.
-- $1 upload id, $2 dataset id, $3 draft id, $4 default split
update staged_examples as s
set split = case when x.example_id is not null then 'test' else coalesce(d.split, $4) end
from staged_examples as t
left join sealed_examples as x on x.dataset_id = $2 and x.example_id = t.example_id
left join set_examples as d on d.set_id = $3 and d.example_id = t.example_id
where
    t.upload_id = $1 and t.split is null
    and s.upload_id = t.upload_id and s.position = t.position
