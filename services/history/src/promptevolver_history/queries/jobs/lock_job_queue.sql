-- Jobs of a project are made one after another, so that they can be counted. $1 project
select pg_advisory_xact_lock(hashtextextended('jobs of ' || $1::text, 0))
