-- Those that a job does not work on any more. No parameters.
select run_id, project, imported_by
from imported_runs
where not complete and imported_at < now() - interval '10 minutes'
