-- $1 seconds without a sign of life
select upload_id
from dataset_uploads
where touched_at < now() - make_interval(secs => $1)
order by touched_at
limit 1
for update skip locked
