-- Makes the content known and locks it, so that pages are stored one after another. While it is
-- not complete, each of them keeps it from being swept.
-- $1 content id, $2 name, $3 sizes
insert into example_sets as d (set_id, name, sizes) values ($1, $2, $3)
on conflict (set_id) do update
set created_at = case when d.complete then d.created_at else now() end
returning complete
