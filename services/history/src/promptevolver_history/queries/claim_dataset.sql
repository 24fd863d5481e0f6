-- Makes the version known and locks it, so that pages are stored one after another.
-- $1 dataset id, $2 name, $3 sizes
insert into datasets as d (dataset_id, name, sizes) values ($1, $2, $3)
on conflict (dataset_id) do update set dataset_id = excluded.dataset_id
returning complete
