-- $1 set id
delete from set_examples where set_id = $1
