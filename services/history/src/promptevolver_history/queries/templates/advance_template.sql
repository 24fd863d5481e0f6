-- $1 template id, $2 version, $3 task
update templates set version = $2, task = $3 where template_id = $1
