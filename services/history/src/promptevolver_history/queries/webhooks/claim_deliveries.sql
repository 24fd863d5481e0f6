-- Takes the deliveries that are due: of each webhook, and of each project, only so many are under
-- way at once, and projects take turns. Whoever dies with a claimed delivery in hand leaves it to
-- others after the claim's time.
-- $1 most at once, $2 seconds that the claim holds, $3 most under way of a webhook,
-- $4 most under way of a project
with under_way as (
    select d.webhook_id, w.project
    from webhook_deliveries as d
    join webhooks as w on w.webhook_id = d.webhook_id
    where d.state = 'pending' and d.claimed_until > now()
), ranked as (
    select
        next.delivery_id,
        (select count(*) from under_way as u where u.project = w.project)
        + row_number() over (partition by w.project order by next.next_attempt_at) as place
    from webhooks as w
    cross join lateral (
        select d.delivery_id, d.next_attempt_at
        from webhook_deliveries as d
        where
            d.webhook_id = w.webhook_id
            and d.state = 'pending'
            and d.next_attempt_at <= now()
            and (d.claimed_until is null or d.claimed_until <= now())
        order by d.next_attempt_at
        limit greatest(
            0, $3 - (select count(*) from under_way as u where u.webhook_id = w.webhook_id)
        )
    ) as next
), due as (
    select d.delivery_id
    from webhook_deliveries as d
    join ranked as r on r.delivery_id = d.delivery_id
    where
        r.place <= $4
        -- Asked once more of the locked row: somebody may have claimed it meanwhile.
        and d.state = 'pending'
        and d.next_attempt_at <= now()
        and (d.claimed_until is null or d.claimed_until <= now())
    order by r.place, d.next_attempt_at
    limit $1
    for update of d skip locked
)
update webhook_deliveries as d
set
    attempts = d.attempts + 1,
    next_attempt_at = now() + make_interval(secs => $2),
    claimed_until = now() + make_interval(secs => $2)
from due, webhooks as w
where d.delivery_id = due.delivery_id and w.webhook_id = d.webhook_id
returning d.delivery_id, d.payload, d.attempts, w.url, w.secret, w.active
