-- $1 prompt id, $2 number
update prompts set latest = $2 where prompt_id = $1
