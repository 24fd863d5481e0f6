-- $1 run id, $2 candidate id, $3 example id, $4 repeat
select p.output, o.split
from outcomes as o
join outcome_payloads as p
    on p.run_id = o.run_id and p.stream_seq = o.stream_seq and p.position = o.position
where o.run_id = $1 and o.candidate_id = $2 and o.example_id = $3 and o.repeat = $4
order by o.stream_seq desc
limit 1
