-- $1 prompt id
delete from prompts where prompt_id = $1
