-- $1 run ids
insert into mirrors as m (run_id, wanted)
select unnest($1::text[]), 1
on conflict (run_id) do update set wanted = m.wanted + 1
