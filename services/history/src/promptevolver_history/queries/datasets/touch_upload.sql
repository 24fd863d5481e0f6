-- $1 project, $2 upload id
update dataset_uploads as u set touched_at = now()
from datasets as d
where u.upload_id = $2 and d.dataset_id = u.dataset_id and d.project = $1
returning u.dataset_id, u.mode, u.default_split, d.draft_id
