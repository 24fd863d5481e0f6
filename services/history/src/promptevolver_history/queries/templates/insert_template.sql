-- $1 template id, $2 project, $3 name, $4 task
insert into templates (template_id, project, name, task, version)
values ($1, $2, $3, $4, 1)
on conflict do nothing
returning template_id
