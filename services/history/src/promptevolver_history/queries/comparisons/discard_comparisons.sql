-- They are computed again when somebody asks again.
-- $1 days that comparisons are kept, $2 most that are kept of a project
delete from comparisons as c
using (
    select
        comparison_id,
        row_number() over (partition by project order by computed_at desc, comparison_id) as place
    from comparisons
) as kept
where
    kept.comparison_id = c.comparison_id
    and (kept.place > $2 or c.computed_at < now() - make_interval(days => $1))
