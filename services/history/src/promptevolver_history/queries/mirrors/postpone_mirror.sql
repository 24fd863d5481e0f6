-- Changes nothing once somebody else has claimed the run.
-- $1 run id, $2 attempt, $3 seconds until the next one, $4 error, $5 whether MLflow lost the copy
update mirrors
set
    next_attempt_at = now() + make_interval(secs => $3),
    error = $4,
    mlflow_run_id = case when not $5 then mlflow_run_id end,
    mirrored_epoch = case when $5 then 0 else mirrored_epoch end,
    mirrored_seq = case when $5 then 0 else mirrored_seq end
where run_id = $1 and attempts = $2
