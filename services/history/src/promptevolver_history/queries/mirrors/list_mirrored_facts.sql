-- What metrics are made of, in the order of the stream.
-- $1 run id
select stream_epoch, stream_seq, payload
from events
where
    run_id = $1
    and kind <> 'res'
    and type in (
        'candidate.scored', 'candidate.accepted', 'candidate.rejected', 'budget.settled',
        'exam.graded', 'run.completed', 'run.failed', 'run.cancelled'
    )
order by stream_epoch, stream_seq
