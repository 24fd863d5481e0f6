-- $1 spend id, $2 project, $3 who, $4 their name, $5 kind, $6 what was tried, $7 calls, $8 tokens,
-- $9 USD
insert into side_spend (spend_id, project, by, by_name, kind, about, calls, tokens, usd)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing
returning spend_id
