-- $1 created: when the broker says that the stream was made
insert into stream_epochs as e (created) values ($1)
on conflict (created) do update set created = excluded.created
returning stream_epoch
