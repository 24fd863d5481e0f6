-- $1 project
select count(*) from webhooks where project = $1
