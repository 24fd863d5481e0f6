-- $1 name of the sweep, $2 what to go on after, $3 seconds until then
update sweeps set after = $2, due_at = now() + make_interval(secs => $3) where name = $1
