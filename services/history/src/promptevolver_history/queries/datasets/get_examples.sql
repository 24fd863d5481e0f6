-- $1 content id, $2 split or null, $3 example ids; in the order of the ids
select e.position, e.example_id, e.split, e.example
from unnest($3::text[]) with ordinality as wanted (example_id, place)
inner join dataset_examples as e
    on e.dataset_id = $1 and e.example_id = wanted.example_id
where $2::text is null or e.split = $2
order by wanted.place
