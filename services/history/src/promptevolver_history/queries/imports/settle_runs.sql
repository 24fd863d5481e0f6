-- Waits until no batch of the stream is being projected, and keeps the next ones waiting until the
-- transaction ends: what was projected by then is seen, and what comes later sees this.
-- No parameters.
select pg_advisory_xact_lock(hashtextextended('whose runs are', 0))
