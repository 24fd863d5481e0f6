-- $1 project, $2 job id, $3 role, $4 number
select p.content
from job_parts as p
inner join jobs as j on j.job_id = p.job_id
where j.project = $1 and p.job_id = $2 and p.role = $3 and p.number = $4
