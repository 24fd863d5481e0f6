-- $1 draft id, $2 example id
delete from set_examples where set_id = $1 and example_id = $2
