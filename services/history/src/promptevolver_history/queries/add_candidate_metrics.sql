-- $1 JSON array of MetricTally, sorted by key
insert into candidate_metrics as m
select *
from json_populate_recordset(null::candidate_metrics, $1::json)
on conflict (run_id, candidate_id, split, metric) do update set
    n = m.n + excluded.n,
    total = m.total + excluded.total,
    squares = m.squares + excluded.squares,
    least = least(m.least, excluded.least),
    most = greatest(m.most, excluded.most)
