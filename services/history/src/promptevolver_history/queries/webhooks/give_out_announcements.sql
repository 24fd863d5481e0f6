-- Turns announcements into deliveries, one for each webhook that wants the event and was there
-- when it happened. An announcement waits until its run is known.
-- $1 most announcements at once
with due as (
    select a.event_id
    from announcements as a
    left join runs as r on r.run_id = a.run_id
    where coalesce(a.project, r.project) is not null
    order by a.at
    limit $1
    for update of a skip locked
), given as (
    delete from announcements as a using due where a.event_id = due.event_id returning a.*
), wanted as (
    insert into webhook_deliveries (webhook_id, event_id, event_type, payload)
    select
        w.webhook_id,
        g.event_id,
        g.type,
        json_build_object(
            'type', g.type,
            'timestamp', g.at,
            'project', coalesce(g.project, r.project),
            'data', case when r.run_id is null then g.data::jsonb else json_build_object(
                'run_id', r.run_id,
                'name', r.name,
                'kind', r.kind,
                'strategy', r.strategy,
                'program', r.program,
                'dataset', r.dataset,
                'simulated', r.simulated,
                'trace_id', r.trace_id
            )::jsonb || g.data::jsonb end
        )
    from given as g
    left join runs as r on r.run_id = g.run_id
    join webhooks as w on w.project = coalesce(g.project, r.project)
    where
        w.active
        and w.created_at <= g.at
        and exists (
            select from unnest(w.events) as pattern
            where pattern = g.type
            or (right(pattern, 1) = '*' and starts_with(g.type, left(pattern, -1)))
        )
    on conflict do nothing
)
select count(*) from given
