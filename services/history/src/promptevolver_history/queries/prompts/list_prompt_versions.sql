-- $1 prompt id, $2 run id or null, $3 number to continue below, or null, $4 limit
select
    prompt_id, number, candidate_id, program_hash, note, parent, origin, verdict, created_at,
    created_by, created_by_name
from prompt_versions
where
    prompt_id = $1
    and ($2::text is null or run_id = $2)
    and ($3::integer is null or number < $3)
order by number desc
limit $4
