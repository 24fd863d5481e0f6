-- $1 project, $2 run id, $3 candidate id, or null for the one that the run ended with
select
    r.request, r.state, r.simulated, r.ended_with, r.ended_texts, r.verdict, r.comparison,
    c.candidate_id, c.texts, c.parents,
    exists (select from imported_runs as i where i.run_id = r.run_id) as imported
from runs as r
left join candidates as c
    on r.run_id = c.run_id and c.candidate_id = coalesce($3::text, r.ended_with)
where r.run_id = $2 and r.project = $1 and r.request is not null
