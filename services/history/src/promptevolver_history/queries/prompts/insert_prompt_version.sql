-- $1 prompt id, $2 number, $3 candidate id, $4 program hash, $5 program, $6 note,
-- $7 parent or null, $8 run id or null, $9 origin or null, $10 verdict or null,
-- $11 author's id, $12 author's name
insert into prompt_versions (
    prompt_id, number, candidate_id, program_hash, program, note, parent, run_id, origin, verdict,
    created_by, created_by_name
)
values ($1, $2, $3, $4, $5::json, $6, $7, $8, $9::json, $10, $11, $12)
returning
    prompt_id, number, candidate_id, program_hash, program, note, parent, origin, verdict,
    created_at, created_by, created_by_name
