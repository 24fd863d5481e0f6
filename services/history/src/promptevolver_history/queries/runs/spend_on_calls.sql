-- The optimizer's own calls, added up. What an earlier version did not say is nothing.
-- $1 run id, $2 length of a step, $3 when steps begin, $4 most rows
select
    date_bin($2::interval, e.at, $3::timestamptz) as step_at,
    e.payload ->> 'model' as model,
    coalesce(sum((e.payload -> 'spend' ->> 'calls')::bigint), 0)::bigint as calls,
    coalesce(sum((e.payload -> 'spend' ->> 'cached_calls')::bigint), 0)::bigint as cached_calls,
    coalesce(sum((e.payload -> 'spend' ->> 'prompt_tokens')::bigint), 0)::bigint as prompt_tokens,
    coalesce(sum((e.payload -> 'spend' ->> 'completion_tokens')::bigint), 0)::bigint
        as completion_tokens,
    coalesce(sum((e.payload -> 'spend' ->> 'usd')::numeric), 0) as usd,
    coalesce(sum((e.payload -> 'spend' ->> 'unpriced_calls')::bigint), 0)::bigint
        as unpriced_calls
from events as e
where e.run_id = $1 and e.kind <> 'res' and e.type = 'call.answered'
group by step_at, e.payload ->> 'model'
order by step_at, e.payload ->> 'model'
limit $4
