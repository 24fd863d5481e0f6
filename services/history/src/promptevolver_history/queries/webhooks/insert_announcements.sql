-- $1 event ids, $2 types, $3 run ids or null, $4 projects or null, $5 times, $6 data
insert into announcements (event_id, type, run_id, project, at, data)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::json[])
on conflict do nothing
