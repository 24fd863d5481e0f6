-- People may have renamed a run before a rebuild brings it back.
-- $1 run ids
update runs as r
set shown_name = coalesce(
    (select n.name from run_annotations as n where n.run_id = r.run_id), r.name
)
where r.run_id = any($1::text[])
