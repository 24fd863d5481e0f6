-- $1 epoch, $2 highest sequence of the batch, $3 events inserted
insert into projection as p (stream_epoch, last_seq, events) values ($1, $2, $3)
on conflict (stream_epoch) do update set
    last_seq = greatest(p.last_seq, excluded.last_seq),
    events = p.events + excluded.events
