-- $1 dataset id, $2 split or null, $3 position to start at, $4 limit
select position, example
from dataset_examples
where dataset_id = $1 and ($2::text is null or split = $2) and position >= $3
order by position
limit $4
