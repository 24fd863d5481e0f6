-- $1 prompt id, $2 label
delete from prompt_labels where prompt_id = $1 and label = $2
