-- $1 dataset id
select dataset_id, name, sizes
from datasets
where dataset_id = $1 and complete
