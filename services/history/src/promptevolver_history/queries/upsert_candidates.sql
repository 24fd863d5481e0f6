-- $1 to $18: the columns of CandidateRow, in its order.
-- The earliest fact introduces a candidate, the earliest mutation tells where it comes from, the
-- latest full score and the latest word on a pin or veto count, marks stay.
insert into candidates as c (
    run_id, candidate_id, ordinal, step, parents, texts, operator, operator_seq,
    is_original, is_accepted, is_rejected, full_mean, full_examples, full_seq,
    pinned, pinned_seq, vetoed, vetoed_seq
)
select *
from unnest(
    $1::text[], $2::text[], $3::bigint[], $4::integer[], $5::json[], $6::json[], $7::text[],
    $8::bigint[], $9::boolean[], $10::boolean[], $11::boolean[], $12::double precision[],
    $13::integer[], $14::bigint[], $15::boolean[], $16::bigint[], $17::boolean[], $18::bigint[]
)
on conflict (run_id, candidate_id) do update set
    step = case
        when c.ordinal is null or excluded.ordinal < c.ordinal then excluded.step else c.step
    end,
    parents = case
        when c.operator_seq is null or excluded.operator_seq < c.operator_seq
            then coalesce(excluded.parents, c.parents)
        else c.parents
    end,
    texts = case
        when c.ordinal is null or excluded.ordinal < c.ordinal then excluded.texts else c.texts
    end,
    ordinal = least(c.ordinal, excluded.ordinal),
    operator = case
        when c.operator_seq is null or excluded.operator_seq < c.operator_seq
            then excluded.operator
        else c.operator
    end,
    operator_seq = least(c.operator_seq, excluded.operator_seq),
    is_original = c.is_original or excluded.is_original,
    is_accepted = c.is_accepted or excluded.is_accepted,
    is_rejected = c.is_rejected or excluded.is_rejected,
    full_mean = case
        when c.full_seq is null or excluded.full_seq > c.full_seq
            then excluded.full_mean
        else c.full_mean
    end,
    full_examples = case
        when c.full_seq is null or excluded.full_seq > c.full_seq
            then excluded.full_examples
        else c.full_examples
    end,
    full_seq = greatest(c.full_seq, excluded.full_seq),
    pinned = case
        when excluded.pinned_seq > coalesce(c.pinned_seq, -1) then excluded.pinned else c.pinned
    end,
    pinned_seq = greatest(c.pinned_seq, excluded.pinned_seq),
    vetoed = case
        when excluded.vetoed_seq > coalesce(c.vetoed_seq, -1) then excluded.vetoed else c.vetoed
    end,
    vetoed_seq = greatest(c.vetoed_seq, excluded.vetoed_seq)
