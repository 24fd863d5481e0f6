-- $1 content id, $2 how many at most
with gone as (
    delete from set_examples
    where
        set_id = $1
        and position in (
            select s.position from set_examples as s
            where s.set_id = $1
            order by s.position
            limit $2
        )
    returning position
)
select count(*) from gone
