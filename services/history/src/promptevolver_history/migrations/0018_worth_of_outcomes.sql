-- Nullable and without a default: the table is not written anew.
alter table outcomes
    add column worth_calls bigint,
    add column worth_prompt_tokens bigint,
    add column worth_completion_tokens bigint,
    add column worth_unpriced_calls bigint,
    add column worth_usd numeric;
comment on column outcomes.worth_calls is
    'The worth is what answers from the cache cost whoever paid; null where no such answer is told';
