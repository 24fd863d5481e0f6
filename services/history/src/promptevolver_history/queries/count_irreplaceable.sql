-- Events that a replay could not bring back; imported ones (epoch 0) are kept elsewhere.
-- $1 epoch of the stream, $2 its first sequence
select count(*) as events
from events
where stream_epoch <> 0 and (stream_epoch <> $1 or stream_seq < $2)
