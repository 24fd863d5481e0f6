-- $1 upload id, $2 how many at most
with gone as (
    delete from staged_examples
    where
        upload_id = $1
        and position in (
            select s.position from staged_examples as s
            where s.upload_id = $1
            order by s.position
            limit $2
        )
    returning position
)
select count(*) from gone
