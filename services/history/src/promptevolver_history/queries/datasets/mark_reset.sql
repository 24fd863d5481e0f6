-- $1 dataset id
update datasets set committed_revision = revision where dataset_id = $1
