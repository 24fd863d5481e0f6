-- Gives the sequences really inserted; aggregates are made from these alone.
-- $1 epoch, $2 sequences, $3 run ids, $4 kinds, $5 types, $6 event ids, $7 payloads,
-- $8 trace ids, $9 times
insert into events (
    stream_seq, run_id, kind, type, event_id, payload, trace_id, at, stream_epoch
)
select new.*, $1::integer
from unnest(
    $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::json[], $8::text[],
    $9::timestamptz[]
) as new
on conflict do nothing
returning stream_seq
