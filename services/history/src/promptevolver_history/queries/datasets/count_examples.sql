-- $1 content id
select count(*) as stored from set_examples where set_id = $1
