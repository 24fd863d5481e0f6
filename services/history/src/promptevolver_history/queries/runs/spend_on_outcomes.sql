-- $1 run id, $2 length of a step, $3 when steps begin
select
    date_bin($2::interval, o.at, $3::timestamptz) as step_at,
    o.split,
    sum(o.calls)::bigint as calls,
    sum(o.cached_calls)::bigint as cached_calls,
    sum(o.prompt_tokens)::bigint as prompt_tokens,
    sum(o.completion_tokens)::bigint as completion_tokens,
    sum(o.usd) as usd,
    sum(o.unpriced_calls)::bigint as unpriced_calls
from outcomes as o
where o.run_id = $1
group by step_at, o.split
order by step_at, o.split
