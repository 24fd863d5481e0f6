-- $1 template id, $2 version, $3 content, $4 author's id, $5 author's name
insert into template_versions (template_id, version, content, created_by, created_by_name)
values ($1, $2, $3::json, $4, $5)
