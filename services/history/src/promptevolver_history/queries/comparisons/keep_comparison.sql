-- $1 comparison id, $2 project, $3 kind, $4 question, $5 outcomes of each run,
-- $6 version of the methods, $7 seed, $8 hash of the inputs, $9 answer, $10 when
insert into comparisons (
    comparison_id, project, kind, question, outcomes_seen, methods_version, seed, inputs_hash,
    answer, computed_at
)
values ($1, $2, $3, $4::json, $5::bigint[], $6, $7, $8, $9::json, $10)
on conflict (comparison_id) do update set
    outcomes_seen = excluded.outcomes_seen,
    seed = excluded.seed,
    inputs_hash = excluded.inputs_hash,
    answer = excluded.answer,
    computed_at = excluded.computed_at
where comparisons.outcomes_seen <> excluded.outcomes_seen
