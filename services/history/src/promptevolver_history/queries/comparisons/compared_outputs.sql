-- $1 run id, $2 candidate id, $3 example ids, $4 length of a preview. The first repeat's.
select distinct on (o.example_id)
    o.example_id, left(p.output, $4::integer) as output, left(p.feedback, $4::integer) as feedback,
    o.scores
from outcomes as o
inner join outcome_payloads as p
    on p.run_id = o.run_id and p.stream_seq = o.stream_seq and p.position = o.position
where o.run_id = $1 and o.candidate_id = $2 and o.example_id = any($3::text[])
order by o.example_id, o.repeat, o.stream_seq, o.position
