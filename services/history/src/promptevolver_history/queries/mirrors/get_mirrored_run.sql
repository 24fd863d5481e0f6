-- $1 run id
select request, project, shown_name, state, started_at, ended_at, trace_id, original, ended_with,
    ended_texts, verdict, comparison, reason
from runs
where run_id = $1 and request is not null
