-- $1 project, $2 dataset id, $3 version or null for the latest
select exists (
    select from datasets as d
    inner join dataset_versions as v
        on v.dataset_id = d.dataset_id and v.number = coalesce($3::integer, d.latest)
    where d.project = $1 and d.dataset_id = $2
) as known
