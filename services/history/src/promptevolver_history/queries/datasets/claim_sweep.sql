-- Gives where to go on, unless it is too early, or somebody else is at it. $1 name of the sweep
select after from sweeps where name = $1 and due_at <= now() for update skip locked
