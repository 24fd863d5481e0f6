-- $1 project, then what is not null: $2 name, $3 description, $4 archived; $5 whether the limits
-- change, to $6 active runs or null, $7 USD a day or null
update projects set
    name = coalesce($2, name),
    description = coalesce($3, description),
    archived_at = case
        when $4::boolean is null then archived_at
        when $4 then coalesce(archived_at, now())
    end,
    max_active_runs = case when $5 then $6 else max_active_runs end,
    daily_usd = case when $5 then $7 else daily_usd end,
    revision = revision + 1
where project = $1
returning
    project, name, description, created_at, archived_at, max_active_runs, daily_usd, revision
