-- Webhooks of a project are made one after another. $1 project
select pg_advisory_xact_lock(hashtextextended('webhooks of ' || $1::text, 0))
