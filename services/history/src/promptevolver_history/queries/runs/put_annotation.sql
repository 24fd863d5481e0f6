-- $1 run id, $2 project, $3 version, $4 name, $5 tags, $6 note, $7 archived, $8 words, $9 who
with said as (
    insert into run_annotations as n (
        run_id, project, version, name, tags, note, archived, words, changed_at, changed_by
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, now(), $9)
    on conflict (run_id) do update set
        version = excluded.version,
        name = excluded.name,
        tags = excluded.tags,
        note = excluded.note,
        archived = excluded.archived,
        words = excluded.words,
        changed_at = excluded.changed_at,
        changed_by = excluded.changed_by
)

update runs set shown_name = coalesce($4::text, name) where run_id = $1
