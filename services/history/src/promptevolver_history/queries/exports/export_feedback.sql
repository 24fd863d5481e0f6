-- A run that was imported elsewhere may say that it was shown what is not its project's.
-- $1 project, $2 run id or null, $3 prompt id or name, or null
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
    and (
        $3::text is null
        or f.prompt_id in (
            select p.prompt_id from prompts as p
            where p.project = $1 and (p.prompt_id = $3 or p.name = $3)
        )
    )
order by f.feedback_id
