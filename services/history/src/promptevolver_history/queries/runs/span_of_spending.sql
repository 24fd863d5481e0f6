-- When a run's first and last spending was. $1 run id
select min(at) as first, max(at) as last
from (
    select min(at) as at from outcomes where run_id = $1
    union all
    select max(at) from outcomes where run_id = $1
    union all
    select min(at) from events where run_id = $1 and kind <> 'res' and type = 'call.answered'
    union all
    select max(at) from events where run_id = $1 and kind <> 'res' and type = 'call.answered'
) as ends
