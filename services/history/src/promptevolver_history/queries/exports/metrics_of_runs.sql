-- $1 project
select distinct metric from run_metrics where project = $1 and ranked order by metric
