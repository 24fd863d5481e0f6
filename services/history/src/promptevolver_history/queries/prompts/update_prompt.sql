-- $1 prompt id, $2 name, $3 description, $4 tags, $5 guards; null keeps what is there
update prompts
set
    name = coalesce($2, name),
    description = coalesce($3, description),
    tags = coalesce($4::text [], tags),
    guards = coalesce($5::json, guards),
    revision = revision + 1,
    updated_at = now()
where prompt_id = $1
