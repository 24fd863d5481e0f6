-- The rows of run lists; filters, order and limit are put around it.
-- $1 project, $2 exclude, include or only archived runs, $3 whether long texts are shown
select
    r.run_id, r.project, r.kind, r.shown_name as name, r.state, r.strategy, r.program,
    r.dataset, r.models, r.task_model, r.simulated, r.requested_at, r.started_at, r.ended_at,
    r.duration_s, r.paused_reason, r.trace_id, r.budget, r.calls, r.cached_calls, r.prompt_tokens,
    r.completion_tokens, r.usd, r.unpriced_calls, r.original, r.original_mean, r.best,
    r.best_mean, r.gain, r.exam_original, r.exam_winner, r.exam_difference, r.ended_with,
    r.proposed, r.accepted, r.rejected, r.shards_dispatched, r.shards_done, r.outcomes, r.faults,
    r.latency_mean_ms, r.latency_p50_ms, r.latency_p95_ms, r.verdict, r.comparison, r.reason,
    r.error, r.last_seq, r.origin_run, r.origin_candidate, r.origin_relation, c.config,
    coalesce(n.version, 0) as version,
    coalesce(n.tags, '{}') as tags,
    coalesce(n.note, '') as note,
    coalesce(n.archived, false) as archived,
    case when $3::boolean then r.ended_texts end as ended_texts,
    case when $3::boolean then c.config end as shown_config,
    (
        select json_object_agg(m.metric, m.best_mean order by m.metric)
        from run_metrics as m
        where m.run_id = r.run_id and m.ranked and m.best_mean is not null
    ) as scores
from runs as r
left join run_configs as c on c.run_id = r.run_id
left join run_annotations as n on n.run_id = r.run_id
where
    r.project = $1
    and ($2::text = 'include' or coalesce(n.archived, false) = ($2::text = 'only'))
