-- $1 project, $2 dataset id
select
    d.dataset_id, d.draft_id, d.name, d.description, d.metadata, d.input_schema,
    d.expected_schema, d.revision, d.revision > d.committed_revision as changed, d.latest,
    d.created_at, d.created_by, d.updated_at, d.archived_at, s.sizes as draft_sizes,
    v.number, v.set_id, v.parent, v.note, v.created_at as committed_at,
    v.created_by as committed_by, c.sizes
from datasets as d
inner join example_sets as s on s.set_id = d.draft_id
left join dataset_versions as v on v.dataset_id = d.dataset_id and v.number = d.latest
left join example_sets as c on c.set_id = v.set_id
where d.project = $1 and d.dataset_id = $2
