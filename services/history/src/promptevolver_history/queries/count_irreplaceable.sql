-- Events that a replay could not bring back.
-- $1 epoch of the stream, $2 its first sequence
select count(*) as events
from events
where stream_epoch <> $1 or stream_seq < $2
