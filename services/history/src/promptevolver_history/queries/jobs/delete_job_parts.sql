-- $1 job id, $2 role or null for all
delete from job_parts where job_id = $1 and ($2::text is null or role = $2)
