-- $1 set id, $2 example ids
select example_id from set_examples where set_id = $1 and example_id = any($2::text[])
