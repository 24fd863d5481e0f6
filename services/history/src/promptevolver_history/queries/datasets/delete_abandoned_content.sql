-- $1 content id
delete from example_sets where set_id = $1 and not complete
