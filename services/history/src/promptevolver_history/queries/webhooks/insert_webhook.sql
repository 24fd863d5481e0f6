-- $1 webhook id, $2 project, $3 url, $4 events, $5 description, $6 secret
insert into webhooks (webhook_id, project, url, events, description, secret)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
