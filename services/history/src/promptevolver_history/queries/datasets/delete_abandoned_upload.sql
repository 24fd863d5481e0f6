-- $1 upload id
delete from dataset_uploads where upload_id = $1
