-- A run that was imported elsewhere may say that it was shown what is not its project's.
-- $1 project, $2 run id or null, $3 candidate id or null, $4 example id or null,
-- $5 prompt id or null, $6 whether withdrawn ones too, $7 id to continue below or null, $8 limit
select
    f.feedback_id, f.project, f.target, f.run_id, f.candidate_id, f.example_id, f.repeat,
    f.prompt_id, f.version, f.rating, f.metric, f.correction, f.comment, f.inputs, f.output,
    f.draft_dataset_id, f.draft_example_id, f.draft_note, f.created_at, f.created_by_name,
    f.withdrawn_at,
    array(
        select u.run_id from feedback_uses as u
        inner join runs as r on u.run_id = r.run_id and r.project = f.project
        where u.feedback_id = f.feedback_id
        order by u.run_id desc
        limit 20
    ) as used_by
from feedback as f
where
    f.project = $1
    and ($2::text is null or f.run_id = $2)
    and ($3::text is null or f.candidate_id = $3)
    and ($4::text is null or f.example_id = $4)
    and ($5::text is null or f.prompt_id = $5)
    and ($6::boolean or f.withdrawn_at is null)
    and ($7::text is null or f.feedback_id < $7)
order by f.feedback_id desc
limit $8
