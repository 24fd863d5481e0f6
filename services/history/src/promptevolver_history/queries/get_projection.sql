-- No parameters. `events` counts all incarnations of the stream.
select
    p.stream_epoch,
    p.last_seq,
    (select sum(events) from projection)::bigint as events
from projection as p
order by p.stream_epoch desc
limit 1
