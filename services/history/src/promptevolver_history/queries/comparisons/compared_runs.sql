-- $1 run ids, $2 project
select
    run_id, project, kind, coalesce(shown_name, name) as name, state, simulated, request, outcomes, original,
    coalesce(case when state = 'completed' then ended_with end, best, ended_with, original)
        as candidate_id
from runs
where run_id = any($1::text[]) and project = $2
