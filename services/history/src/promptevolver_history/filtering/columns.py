"""What the fields of each resource are in SQL, over the row `t` that the resource's query gives.

`{test}` stands for a comparison such as `= $3::text`, `{key}` for the parameter with a key's name,
and `$1` for the project.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from promptevolver_contracts.fields import Resource

SqlType = Literal["text", "bigint", "numeric", "double precision", "timestamptz", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """A field with one value in a row."""

    sql: str
    type: SqlType = "text"
    nullable: bool = True

    @property
    def any(self) -> str:
        """The predicate that the value meets the test."""
        return f"{self.sql} {{test}}"


@dataclass(frozen=True, slots=True)
class Elements:
    """A field with several texts in a row."""

    any: str
    type: SqlType = "text"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers by name."""

    any: str
    value: str
    """The number itself, to sort by"""
    type: SqlType = "double precision"


@dataclass(frozen=True, slots=True)
class Keys:
    """JSON, of which a value at a path is asked; `any` tells that it contains `{nested}`."""

    sql: str
    any: str
    prefix: tuple[str, ...] = ()


Field = Column | Elements | Numbers | Keys


@dataclass(frozen=True, slots=True)
class Table:
    """A resource: its query, its fields, what its texts are, and what makes its order total."""

    query: str
    fields: Mapping[str, Field]
    search: str
    """The predicate of full text, with `{words}` for the parameter"""
    whole_words: bool
    """Whether `{words}` are all words to look up, or else one part of a text"""
    tie: tuple[str, ...]
    shown: str = "t.*"
    """What the rows of a page hold"""


def _within(sql: str) -> Elements:
    return Elements(
        f"exists (select from json_array_elements_text({sql}) as each where each {{test}})"
    )


def _same(names: str, type_: SqlType = "text", *, nullable: bool = True) -> dict[str, Field]:
    """Give columns that are called as their fields are."""
    return {name: Column(f"t.{name}", type_, nullable) for name in names.split()}


_SPEND: dict[str, Field] = {
    **_same("calls cached_calls prompt_tokens completion_tokens", "bigint", nullable=False),
    "tokens": Column("(t.prompt_tokens + t.completion_tokens)", "bigint", nullable=False),
    "usd": Column("t.usd", "numeric", nullable=False),
}

_SCORE = Numbers(
    any="t.run_id in (select m.run_id from run_metrics as m where m.project = $1 and m.ranked "
    "and m.metric = {key} and m.best_mean {test})",
    value="(select m.best_mean from run_metrics as m "
    "where m.run_id = t.run_id and m.ranked and m.metric = {key})",
)

_CONTAINS = (
    "t.run_id in (select c.run_id from run_configs as c "
    "where c.project = $1 and c.config @> {nested}::jsonb)"
)
"""As a question of its own, so that an index answers it also beside `or`."""

_RUNS = Table(
    query="search_runs",
    fields={
        **_same("run_id state", nullable=False),
        **_same("name kind strategy program dataset task_model verdict"),
        **_same("reason paused_reason trace_id note"),
        **_same("origin_run origin_candidate origin_relation"),
        **_same("simulated", "boolean"),
        **_same("archived", "boolean", nullable=False),
        "requested_at": Column("t.requested_at", "timestamptz", nullable=False),
        "created_at": Column("t.requested_at", "timestamptz", nullable=False),
        **_same("started_at ended_at", "timestamptz"),
        **_same("duration_s original_mean best_mean gain", "double precision"),
        **_same("exam_original exam_winner exam_difference", "double precision"),
        **_same("latency_mean_ms latency_p50_ms latency_p95_ms", "double precision"),
        **_same("proposed accepted rejected outcomes faults", "bigint", nullable=False),
        **_SPEND,
        "metric": Elements(
            "t.run_id in (select v.run_id from run_facet_values as v "
            "where v.project = $1 and v.field = 'metric' and v.value {test})"
        ),
        "tag": Elements(
            "t.run_id in (select n.run_id from run_annotations as n, unnest(n.tags) as each "
            "where n.project = $1 and each {test})"
        ),
        "score": _SCORE,
        "metrics": _SCORE,
        "config": Keys("t.config", _CONTAINS),
        "metadata": Keys("t.config", _CONTAINS, ("metadata",)),
    },
    # All words in what was asked for, or some in what people said of it and the rest in either.
    search="t.run_id in ("
    "select c.run_id from run_configs as c "
    "where c.project = $1 and c.search @@ plainto_tsquery('simple', {words}) union all "
    "select n.run_id from run_annotations as n left join run_configs as c on c.run_id = n.run_id "
    "where n.project = $1 "
    "and n.search @@ replace(plainto_tsquery('simple', {words})::text, '&', '|')::tsquery "
    "and (n.search || coalesce(c.search, '')) @@ plainto_tsquery('simple', {words}))",
    whole_words=True,
    tie=("run_id",),
    shown="t.run_id, t.project, t.kind, t.name, t.state, t.strategy, t.program, t.dataset, "
    "t.models, t.simulated, t.requested_at, t.started_at, t.ended_at, t.paused_reason, "
    "t.trace_id, t.budget, t.calls, t.cached_calls, t.prompt_tokens, t.completion_tokens, t.usd, "
    "t.unpriced_calls, t.original, t.original_mean, t.best, t.best_mean, t.ended_with, "
    "t.ended_texts, t.proposed, t.accepted, t.rejected, t.shards_dispatched, t.shards_done, "
    "t.outcomes, t.verdict, t.comparison, t.reason, t.error, t.last_seq, t.version, t.tags, "
    "t.note, t.archived, t.shown_config, t.scores, t.origin_run, t.origin_candidate, "
    "t.origin_relation",
)

_CANDIDATES = Table(
    query="search_candidates",
    fields={
        **_same("candidate_id status", nullable=False),
        **_same("ordinal", "bigint", nullable=False),
        **_same("operator"),
        **_same("step full_examples", "bigint"),
        **_same("full_mean", "double precision"),
        **_same("pinned vetoed", "boolean", nullable=False),
        "parent": _within("t.parents"),
        "score": Numbers(
            any="exists (select from candidate_metrics as m where m.run_id = t.run_id "
            "and m.candidate_id = t.candidate_id and m.split = t.ranked_on "
            "and m.metric = {key} and (m.total / nullif(m.n, 0))::double precision {test})",
            value="(select (m.total / nullif(m.n, 0))::double precision "
            "from candidate_metrics as m where m.run_id = t.run_id "
            "and m.candidate_id = t.candidate_id and m.split = t.ranked_on and m.metric = {key})",
        ),
    },
    search="concat_ws(' ', t.candidate_id, t.operator, t.texts) ilike {words}",
    whole_words=False,
    tie=("ordinal", "candidate_id"),
)

_OUTCOMES = Table(
    query="search_outcomes",
    fields={
        **_same("candidate_id example_id shard_id split class", nullable=False),
        "outcome_class": Column("t.class", nullable=False),
        "fault": Column("t.fault_kind"),
        "seq": Column("t.stream_seq", "bigint", nullable=False),
        "position": Column("t.position", "bigint", nullable=False),
        **_same("repeat", "bigint", nullable=False),
        **_same("score latency_ms", "double precision", nullable=False),
        **_same("output feedback"),
        **_same("cached", "boolean", nullable=False),
        **_same("at", "timestamptz", nullable=False),
        **_SPEND,
        "scores": Numbers(
            any="(t.scores ->> {key})::double precision {test}",
            value="(t.scores ->> {key})::double precision",
        ),
    },
    search="concat_ws(' ', t.example_id, t.output, t.feedback) ilike {words}",
    whole_words=False,
    tie=("seq", "position"),
    shown="t.stream_seq, t.position, t.candidate_id, t.shard_id, t.split, t.example_id, t.repeat, "
    "t.class, t.score, t.scores, t.calls, t.cached_calls, t.prompt_tokens, t.completion_tokens, "
    "t.usd, t.unpriced_calls, t.latency_ms, t.cached, t.at, t.fault, t.shown_output, "
    "t.shown_feedback, t.truncated, t.stages, t.worth_calls, t.worth_prompt_tokens, "
    "t.worth_completion_tokens, t.worth_usd, t.worth_unpriced_calls",
)

_MUTATIONS = Table(
    query="search_mutations",
    fields={
        "seq": Column("t.stream_seq", "bigint", nullable=False),
        **_same("step", "bigint"),
        **_same("operator child rationale", nullable=False),
        **_same("at", "timestamptz", nullable=False),
        "parent": _within("t.parents"),
        "component": _within("t.components"),
        "example": _within("t.example_ids"),
    },
    search="concat_ws(' ', t.operator, t.child, t.rationale) ilike {words}",
    whole_words=False,
    tie=("seq",),
)

_EVENTS = Table(
    query="search_events",
    fields={
        "epoch": Column("t.stream_epoch", "bigint", nullable=False),
        "seq": Column("t.stream_seq", "bigint", nullable=False),
        **_same("kind type", nullable=False),
        **_same("trace_id"),
        **_same("at", "timestamptz", nullable=False),
    },
    search="concat_ws(' ', t.type, t.payload) ilike {words}",
    whole_words=False,
    tie=("epoch", "seq"),
)

TABLES: Mapping[Resource, Table] = {
    "runs": _RUNS,
    "candidates": _CANDIDATES,
    "outcomes": _OUTCOMES,
    "mutations": _MUTATIONS,
    "events": _EVENTS,
}
