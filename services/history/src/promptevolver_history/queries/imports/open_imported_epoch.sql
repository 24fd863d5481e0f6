-- $1 number of the epoch
insert into stream_epochs (stream_epoch, created) overriding system value values ($1, 'epoch')
on conflict do nothing
