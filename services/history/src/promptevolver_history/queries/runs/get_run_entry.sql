-- $1 run id, $2 project
select
    r.run_id, r.project, r.kind, r.shown_name as name, r.state, r.strategy, r.program,
    r.dataset, r.models, r.simulated, r.requested_at, r.started_at, r.ended_at, r.paused_reason,
    r.trace_id, r.budget, r.calls, r.cached_calls, r.prompt_tokens, r.completion_tokens, r.usd,
    r.unpriced_calls, r.original, r.original_mean, r.best, r.best_mean, r.ended_with,
    r.ended_texts, r.proposed, r.accepted, r.rejected, r.shards_dispatched, r.shards_done,
    r.outcomes, r.verdict, r.comparison, r.reason, r.error, r.last_seq,
    r.origin_run, r.origin_candidate, r.origin_relation,
    coalesce(n.version, 0) as version,
    coalesce(n.tags, '{}') as tags,
    coalesce(n.note, '') as note,
    coalesce(n.archived, false) as archived,
    c.config as shown_config,
    (
        select json_object_agg(m.metric, m.best_mean order by m.metric)
        from run_metrics as m
        where m.run_id = r.run_id and m.ranked and m.best_mean is not null
    ) as scores
from runs as r
left join run_configs as c on c.run_id = r.run_id
left join run_annotations as n on n.run_id = r.run_id
where r.run_id = $1 and r.project = $2
