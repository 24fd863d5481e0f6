-- No parameters.
select run_id from imported_runs where complete order by imported_at, run_id
