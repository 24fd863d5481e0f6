-- $1 prompt id, $2 number
select verdict, coalesce((origin ->> 'simulated')::boolean, false) as simulated
from prompt_versions
where prompt_id = $1 and number = $2
