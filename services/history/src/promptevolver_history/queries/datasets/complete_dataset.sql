-- $1 content id, $2 sizes, $3 inputs that every example has
update example_sets set complete = true, sizes = $2, inputs = $3 where set_id = $1
