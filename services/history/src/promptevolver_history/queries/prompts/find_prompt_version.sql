-- $1 prompt id, $2 program hash, $3 run id or null for any, $4 verdict or null
select
    prompt_id, number, candidate_id, program_hash, program, note, parent, origin, verdict,
    created_at, created_by, created_by_name
from prompt_versions
where
    prompt_id = $1 and program_hash = $2
    and ($3::text is null or (run_id = $3 and verdict is not distinct from $4::text))
order by number
limit 1
