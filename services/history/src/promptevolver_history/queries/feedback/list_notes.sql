-- Of examples only those of the train split count: what is said of others would tell the search
-- about what it is measured on. $1 project, $2 program, $3 content of the dataset, $4 limit
select
    f.feedback_id, f.rating, f.correction, f.comment, f.output, f.example_id
from feedback as f
left join set_examples as s on s.set_id = $3 and s.example_id = f.example_id
where
    f.project = $1
    and f.withdrawn_at is null
    and (
        (f.example_id is null and f.program = $2)
        or (f.example_id is not null and f.set_id = $3 and s.split = 'train')
    )
order by f.feedback_id desc
limit $4
