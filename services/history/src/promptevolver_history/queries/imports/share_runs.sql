-- Lets no import settle whose its runs are until the transaction ends. No parameters.
select pg_advisory_xact_lock_shared(hashtextextended('whose runs are', 0))
