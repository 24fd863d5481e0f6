-- $1 id of the draft's set
insert into example_sets (set_id, name, sizes) values ($1, '', '{}')
