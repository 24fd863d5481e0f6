-- $1 seconds without a sign of life
select set_id
from example_sets
where
    not complete and set_id not like 'draft-%'
    and created_at < now() - make_interval(secs => $1)
order by created_at
limit 1
for update skip locked
