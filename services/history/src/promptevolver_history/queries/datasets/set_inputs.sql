-- $1 content id, $2 inputs that every example has
update example_sets set inputs = $2 where set_id = $1
