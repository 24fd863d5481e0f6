-- $1 run id, $2 project, $3 tag, $4 who
insert into run_annotations as n (
    run_id, project, version, tags, note, archived, words, changed_at, changed_by
)
values ($1, $2, 1, array[$3::text], '', false, $3, now(), $4)
on conflict (run_id) do nothing
