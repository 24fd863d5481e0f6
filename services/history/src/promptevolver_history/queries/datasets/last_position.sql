-- $1 set id
select coalesce(max(position), -1) from set_examples where set_id = $1
