-- Changes nothing once somebody else has claimed the run.
-- $1 run id, $2 attempt, $3 what was wanted, $4 epoch, $5 sequence, $6 MLflow's run id or null,
-- $7 seconds until it may be brought up to date again
update mirrors
set
    mirrored = greatest(mirrored, $3),
    mirrored_epoch = $4,
    mirrored_seq = $5,
    mlflow_run_id = coalesce($6, mlflow_run_id),
    attempts = 0,
    next_attempt_at = now() + make_interval(secs => $7),
    mirrored_at = now(),
    error = null
where run_id = $1 and attempts = $2
