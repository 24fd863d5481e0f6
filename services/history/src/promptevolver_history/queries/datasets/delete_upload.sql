-- $1 project, $2 upload id
delete from dataset_uploads as u
using datasets as d
where u.upload_id = $2 and d.dataset_id = u.dataset_id and d.project = $1
