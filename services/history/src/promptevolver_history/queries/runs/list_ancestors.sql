-- Nearest first; each once, at its shortest distance. $1 run id, $2 candidate id, $3 limit
with recursive line (candidate_id, distance) as (
    select $2::text collate "C", 0
    union
    select parent.value collate "C", line.distance + 1
    from line
    inner join candidates as c on c.run_id = $1 and c.candidate_id = line.candidate_id
    cross join json_array_elements_text(c.parents) as parent
    -- Families have no circles, but nothing keeps a future writer from making one.
    where line.distance < 200
)
select
    c.candidate_id, c.parents, c.ordinal, c.step, c.operator, c.status, c.full_mean,
    min(line.distance) as distance
from line
inner join candidates as c on c.run_id = $1 and c.candidate_id = line.candidate_id
where c.candidate_id <> $2 and c.ordinal is not null
group by c.run_id, c.candidate_id
order by min(line.distance), c.ordinal
limit $3
