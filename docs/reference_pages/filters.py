"""The filter language of lists: what it says, and the fields of each resource."""

from collections.abc import Iterator, Mapping

from promptevolver_contracts.fields import RESOURCES, FieldSpec, Resource
from promptevolver_contracts.filters import MAX_DEPTH, MAX_TERMS, MAX_TEXT, MAX_VALUES
from promptevolver_contracts.history import PREVIEW_CHARS, TOTAL_CAP
from promptevolver_gateway.filters import parse, spell
from promptevolver_gateway.lists.columns import GROUPS, IDENTITY

from reference_pages.markdown import code, table, title

_EXAMPLES: Mapping[Resource, tuple[tuple[str, str], ...]] = {
    "runs": (
        ('state = "failed" and requested_at >= 2026-03-01', "Failed since the first of March, UTC"),
        ('tag in ("nightly", "release") or best_mean is null', "Tagged so, or never scored whole"),
        (
            'score.accuracy < 0.5 and not strategy = "evaluate"',
            "Searches whose best candidate is poor by one metric",
        ),
        ("config.strategy.parameters.rounds > 3", "By a parameter of the strategy"),
        ('config.metrics.0.kind = "llm_judge"', "By the kind of the first metric"),
        ('metadata."cost center" = 4711', "By metadata; keys that are no plain names in quotes"),
        ('name like "triage %" and not name ~ "draft"', "By name"),
        ('search("parcel late")', "Both words, anywhere in the run's texts"),
    ),
    "candidates": (('status = "accepted" and operator in ("merge", "reflect")', "Who was kept"),),
    "outcomes": (
        ('class = "candidate_fault" or score < 0.2', "What went wrong"),
        ('output ~ "sorry" and scores.tone <= 0.5', "By a part of the output, and a metric"),
    ),
    "mutations": (('rationale ~ "format" and component = "instruction"', "By the reason given"),),
    "events": (('type in ("run.paused", "run.resumed")', "How often it stood still"),),
}

_OPERATORS = (
    ("`=` `!=` `<` `<=` `>` `>=`", "Compare with a number, a text, a date, `true` or `false`"),
    ("`~`, `contains`", "Has the text somewhere in it; case is ignored"),
    ("`like`", "Is the text, with `%` for anything and `_` for one character; case is ignored"),
    ("`in (…)`, `not in (…)`", f"Equals one of up to {MAX_VALUES} values, or none"),
    ("`is null`, `is not null`", "Has no value, or has one"),
    ('`search("…")`', "Full text: every word is found"),
    ("`and`, `or`, `not`, `( )`", "`not` binds closest, then `and`, then `or`"),
)

_BODY = f"""Lists take `filter=` in this language, and `POST /api/v1/runs/search` takes it also
as JSON. Both spellings mean the same, and a cursor got with one serves the other.

## Operators

{{operators}}
- **Values**: numbers as `12`, `-0.5`, `1e-3`; texts in single or double quotes with the escapes of
  JSON; dates as `2026-03-01` or `2026-03-01T12:30:00+01:00`, bare or in quotes. A date without an
  offset is UTC; without a time it is that day's first moment, so a day is
  `at >= 2026-03-01 and at < 2026-03-02`.
- **Fields** may have keys inside: `config.strategy.name`, `score.accuracy`. A key that is no plain
  name goes in quotes: `metadata."cost center"`. A whole number takes an element of a list:
  `config.metrics.0.name`.
- **Lists of texts** (`tag`, `parent`, …) are compared element by element: `tag = "a"` holds when
  one of the tags is `a`, and `tag != "a"` when none is.
- **Keywords** ignore case.

## What is absent

A filter is true or false of an entry, never unknown. A comparison with an absent value is false.
`!=`, `not in` and `not` are the exact opposites of `=`, `in` and what follows them, so
`best_mean != 0.5` holds for a run without a score. A key inside `config` or `metadata` is compared
as what it is compared with: `metadata.tier = 3` does not hold for the text `"3"`, and JSON's
`null` counts as absent.

## Full text

For runs `search` looks for whole words in the name, program, dataset, strategy, models, the texts
of the metadata, tags and note. For what belongs to a run it looks for parts of words in the texts:
of candidates their components, of outcomes output and feedback, of mutations the rationale, of
events all that was said.

## As JSON

```json
{{{{"op": "and", "terms": [
  {{{{"op": "in", "field": "state", "values": ["completed", "failed"]}}}},
  {{{{"op": "not", "term": {{{{"op": "<", "field": "score.accuracy", "value": 0.5}}}}}}}},
  {{{{"op": "=", "field": ["metadata", "cost center"], "value": 4711}}}},
  {{{{"op": "is not null", "field": "verdict"}}}},
  {{{{"op": "search", "text": "parcel late"}}}}
]}}}}
```

`~` is `contains` there.

## Limits and faults

A filter has at most {MAX_TEXT} characters, {MAX_TERMS} comparisons and {MAX_DEPTH} levels.
A wrong one is answered by `422 invalid_request`: `errors` has a `code` (`syntax`, `unknown_field`,
`wrong_type`, `unknown_value`, `not_comparable`, `too_complex`), the `position` in the text, or the
pointer into the JSON, and in `allowed` what would do.

## Sorting, columns, pages

- `sort=-requested_at,name` sorts by up to 4 fields, `-` downwards. What is absent counts as lowest.
  Lists of texts and keys of `config` and `metadata` cannot be sorted by.
- `fields=core,spend` shows columns or groups of them; what identifies an entry is always there.
  Long texts are cut to {PREVIEW_CHARS} characters, or left out, unless a column with them, or a
  group of it, is asked for.
- `limit` (at most 200) and `cursor` walk through pages; a cursor holds for its filter and sort.
- `include=total` counts, up to {TOTAL_CAP}: `{{{{"count": 10000, "capped": true}}}}` means more.
- `Accept: application/x-ndjson` gives the whole list, one entry a line, without pages.

## Values to filter by

`GET /api/v1/runs/facets?field=state` counts the runs of each value of a field. `field=metadata` and
`field=config` count keys, and with `key=strategy.name` the values of one, spelled as a filter takes
them. For a run the first 50 keys of each are counted, in the order of the alphabet and down to
7 steps; long texts and what lies in lists are not.

"""


def page() -> str:
    """Write the page."""
    body = _BODY.format(operators=table(("Operator", "Meaning"), _OPERATORS))
    return title("Filters, sorting and columns of lists") + body + "\n".join(_resources())


def _resources() -> Iterator[str]:
    for resource, specs in RESOURCES.items():
        yield f"## {resource.capitalize()}\n"
        yield table(("Example", "Finds"), _examples(resource))
        yield table(
            ("Field", "Holds", "Meaning"),
            (
                (code(_name(name, spec)), str(spec.kind), _meaning(spec))
                for name, spec in specs.items()
            ),
        )
        groups = "; ".join(
            f"`{name}` ({', '.join(columns)})" for name, columns in GROUPS[resource].items()
        )
        yield f"Groups of columns: {groups}. Always: {', '.join(IDENTITY[resource])}.\n"


def _examples(resource: Resource) -> Iterator[tuple[str, str]]:
    for text, meaning in _EXAMPLES[resource]:
        if parse(spell(parse(text, resource)), resource) != parse(text, resource):
            raise ValueError(f"no example: {text}")
        yield code(text), meaning


def _name(name: str, spec: FieldSpec) -> str:
    return f"{name}.KEY" if spec.nested else name


def _meaning(spec: FieldSpec) -> str:
    values = ", ".join(map(code, spec.allowed))
    return f"{spec.description}: {values}" if values else spec.description
