-- Divides units, which are clusters or single items, by their order under a hash, so that equal
-- ids and seed give equal splits. Test items that stay count for the test split's share.
-- $1 draft id, $2 dataset id, $3 seed, $4 share of train, $5 share of validation, $6 share of
-- test, $7 what to stratify by: null, '{expected}' or a path into the content, $8 whether clusters
-- stay together, $9 whether what is in the test split stays there
with items as (
    select
        s.example_id,
        coalesce(case when $8::boolean then 'c' || i.cluster end, 'e' || s.example_id) as unit,
        case
            when $7::text[] is null then ''
            when $7 = '{expected}' then encode(i.expected_hash, 'hex')
            else coalesce(i.body #>> $7, '')
        end as stratum,
        s.split = 'test' and (
            $9::boolean or exists (
                select 1 from sealed_examples as x
                where x.dataset_id = $2 and x.example_id = s.example_id
            )
        ) as kept
    from set_examples as s
    inner join example_items as i on i.item_hash = s.item_hash
    where s.set_id = $1
),
units as (
    select unit, min(stratum) as stratum, count(*)::double precision as n, bool_or(kept) as kept
    from items
    group by unit
),
open as (
    select greatest(0, $6::double precision * sum(n) - coalesce(sum(n) filter (where kept), 0))
        / nullif(sum(n) filter (where not kept), 0) as test_share
    from units
),
placed as (
    select
        u.unit,
        (sum(u.n) over (partition by u.stratum order by md5($3::text || u.unit), u.unit) - u.n / 2)
        / sum(u.n) over (partition by u.stratum) as place
    from units as u
    where not u.kept
),
chosen as (
    select
        p.unit,
        case
            when p.place < o.test_share or $4::double precision + $5::double precision = 0 then 'test'
            when p.place < o.test_share + (1 - o.test_share) * $4 / ($4 + $5) then 'train'
            else 'validation'
        end as split
    from placed as p
    cross join open as o
    union all
    select unit, 'test' from units where kept
)
update set_examples as s
set split = c.split
from items as i
inner join chosen as c on c.unit = i.unit
where s.set_id = $1 and s.example_id = i.example_id and s.split <> c.split
