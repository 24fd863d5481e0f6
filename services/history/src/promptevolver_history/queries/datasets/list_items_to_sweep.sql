-- $1 item hash to continue after, $2 limit
select item_hash from example_items where item_hash > $1 order by item_hash limit $2
