-- Makes the content known and locks it, so that pages are stored one after another.
-- $1 content id, $2 name, $3 sizes
insert into example_sets as d (set_id, name, sizes) values ($1, $2, $3)
on conflict (set_id) do update set set_id = excluded.set_id
returning complete
