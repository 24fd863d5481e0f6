-- $1 template id
delete from templates where template_id = $1
