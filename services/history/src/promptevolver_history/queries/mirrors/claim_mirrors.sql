-- Whoever dies with a claimed run in hand leaves it to others after the claim's time.
-- $1 most at once, $2 seconds that the claim holds
with due as (
    select run_id
    from mirrors
    where wanted > mirrored and next_attempt_at <= now()
    order by next_attempt_at
    limit $1
    for update skip locked
)
update mirrors as m
set attempts = m.attempts + 1, next_attempt_at = now() + make_interval(secs => $2)
from due
where m.run_id = due.run_id
returning m.run_id, m.wanted, m.mirrored_epoch, m.mirrored_seq, m.mlflow_run_id, m.attempts
