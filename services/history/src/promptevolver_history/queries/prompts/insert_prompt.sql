-- $1 prompt id, $2 project, $3 name, $4 description, $5 tags, $6 guards, $7 author's id,
-- $8 author's name
insert into prompts (
    prompt_id, project, name, description, tags, guards, created_by, created_by_name
)
values ($1, $2, $3, $4, $5, $6::json, $7, $8)
on conflict do nothing
returning prompt_id
