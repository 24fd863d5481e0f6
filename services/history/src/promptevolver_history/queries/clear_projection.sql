-- Whatever the stream can give again, and comparisons of it; datasets and the numbering of streams
-- stay.
truncate
    events, projection, runs, candidates, mutations, outcomes, outcome_payloads, run_configs,
    candidate_totals, candidate_metrics, run_metrics, run_facet_values, run_facets,
    feedback_uses, comparisons
