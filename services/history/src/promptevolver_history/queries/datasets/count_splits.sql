-- $1 set id
select split, count(*) as items from set_examples where set_id = $1 group by split
