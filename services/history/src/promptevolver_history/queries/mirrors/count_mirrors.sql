-- Runs that are not up to date in MLflow.
select count(*) from mirrors where wanted > mirrored
