-- The last facts that are about a candidate, newest first. The cheap look for its id comes first.
-- $1 run id, $2 candidate id, $3 types, $4 most facts
select stream_seq, payload
from events
where
    run_id = $1 and kind <> 'res' and type = any($3::text[])
    and strpos(payload::text, $2) > 0
    and payload ->> 'candidate_id' = $2
order by stream_epoch desc, stream_seq desc
limit $4
