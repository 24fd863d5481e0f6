-- A run's whole spend counts on each day on which it was active. A top-up counts from its control
-- message on; the run's budget has it once the run has taken it, which is named after the control.
-- $1 project, $2 start of the day, $3 run ids that may be missing, $4 run ids and $5 control ids
-- of top-ups that may be missing
select
    p.max_active_runs, p.daily_usd,
    u.active_runs, u.spent_usd + s.usd as spent_usd, u.reserved_usd + t.usd as reserved_usd,
    array(
        select admitted.run_id from unnest($3::text[]) as admitted (run_id)
        where
            not exists (select from runs as r where r.run_id = admitted.run_id)
            and not exists (select from imported_runs as i where i.run_id = admitted.run_id)
    ) as missing,
    array(
        select told.control_id from unnest($4::text[], $5::text[]) as told (run_id, control_id)
        where
            not exists (
                select from events as e
                where
                    e.run_id = told.run_id and e.kind = 'ctl' and e.event_id = told.control_id
            )
    ) as missing_top_ups
from projects as p
cross join lateral (
    select
        count(*) filter (where r.ended_at is null) as active_runs,
        coalesce(sum(r.usd), 0)::double precision as spent_usd,
        coalesce(
            sum(greatest((r.budget ->> 'usd')::numeric - r.usd, 0))
            filter (where r.ended_at is null),
            0
        )::double precision as reserved_usd
    from runs as r
    where r.project = p.project and (r.ended_at is null or r.ended_at >= $2::timestamptz)
) as u
cross join lateral (
    select coalesce(sum((c.payload -> 'budget' ->> 'usd')::numeric), 0)::double precision as usd
    from runs as r
    inner join events as c on c.run_id = r.run_id and c.kind = 'ctl' and c.type = 'control.top_up'
    where
        r.project = p.project and r.ended_at is null
        and not exists (
            select from events as e
            where
                e.run_id = r.run_id and e.kind = 'log' and e.event_id like 'topup.%'
                and right(e.event_id, length(c.event_id) + 1) = ':' || c.event_id
        )
) as t
cross join lateral (
    select coalesce(sum(x.usd), 0)::double precision as usd
    from side_spend as x
    where x.project = p.project and x.at >= $2::timestamptz
) as s
where p.project = $1
