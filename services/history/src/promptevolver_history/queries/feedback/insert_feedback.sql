-- $1 feedback id, $2 project, $3 target, $4 run id, $5 candidate id, $6 example id, $7 repeat,
-- $8 prompt id, $9 version, $10 program, $11 set id, $12 rating, $13 metric, $14 correction,
-- $15 comment, $16 inputs, $17 output, $18 draft's dataset id, $19 draft's example id,
-- $20 draft note, $21 author's id, $22 author's name
insert into feedback (
    feedback_id, project, target, run_id, candidate_id, example_id, repeat, prompt_id, version,
    program, set_id, rating, metric, correction, comment, inputs, output, draft_dataset_id,
    draft_example_id, draft_note, created_by, created_by_name
)
values (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::json, $15, $16::json, $17, $18,
    $19, $20, $21, $22
)
