-- In the order in which they are given. $1 run ids, $2 kinds, $3 event ids, $4 payloads,
-- $5 trace ids
insert into imported_events (run_id, kind, event_id, payload, trace_id)
select new.run_id, new.kind, new.event_id, new.payload, new.trace_id
from unnest($1::text[], $2::text[], $3::text[], $4::json[], $5::text[])
with ordinality as new (run_id, kind, event_id, payload, trace_id, place)
order by new.place
on conflict (run_id, kind, event_id) do nothing
