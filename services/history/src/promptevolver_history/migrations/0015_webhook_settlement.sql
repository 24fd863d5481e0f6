-- Deliveries under way are told apart from those that wait, and kept from their settlement on.

alter table webhook_deliveries add column claimed_until timestamptz, add column settled_at timestamptz;
comment on column webhook_deliveries.claimed_until is 'Somebody delivers it now; past: they died';
comment on column webhook_deliveries.settled_at is 'Since when nothing more is tried; null: pending';

update webhook_deliveries
set settled_at = coalesce(delivered_at, created_at)
where state <> 'pending';

drop index webhook_deliveries_due;
create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at)
where state = 'pending';
create index webhook_deliveries_under_way on webhook_deliveries (claimed_until)
where state = 'pending' and claimed_until is not null;
drop index webhook_deliveries_old;
create index webhook_deliveries_old on webhook_deliveries (settled_at) where state <> 'pending';
