"""A judgement for people and for CI servers: a table, Markdown, JUnit XML."""

import re
from xml.etree import ElementTree as ET

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from promptevolver_cli import wording
from promptevolver_cli.gate import Check, Judgement, Outcome

_HEADINGS = ("check", "outcome", "baseline", "candidate", "difference", "interval", "p", "n", "why")
_NAME_WIDTH = 30
_ACTIVE = re.compile(r"[&<>|`*~\\]|:(?=//)|(?<=www)\.|\](?=[(\[:])")
"""Letters that Markdown makes markup or links of, where they stand."""
_MENTION = re.compile(r"@|#(?=\d)")
_BREAK = "\u200b"
"""Takes no room. What mentions people reads the text once its entities are letters again."""
_WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNDECIDED: "not decidable",
}
_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.UNDECIDED: "yellow"}


def table(judgement: Judgement) -> RenderableType:
    """Draw it for a terminal."""
    drawn = Table(box=None, pad_edge=False, show_header=False)
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold", max_width=_NAME_WIDTH)
    drawn.add_column(overflow="fold")
    for check in judgement.checks:
        told = "\n".join(filter(None, (check.words, _numbers(check))))
        outcome = Text(_WORDS[check.outcome], style=_COLOURS[check.outcome])
        drawn.add_row(outcome, escape(check.name), escape(told))
    return Group(Text(_title(judgement), style="bold"), drawn, *map(Text, judgement.notes))


def markdown(judgement: Judgement) -> str:
    """Write it for a job's summary or a comment on a merge request."""
    rows = [_HEADINGS, ("---",) * len(_HEADINGS), *map(_cells, judgement.checks)]
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    notes = [f"- {_cell(note)}" for note in judgement.notes]
    title = f"### {_cell(_title(judgement))}"
    return "\n".join([title, "", *lines, *([""] if notes else []), *notes, ""])


def junit(judgement: Judgement) -> str:
    """Write it as JUnit XML: a test case for each check; what is open counts as an error."""
    outcomes = [check.outcome for check in judgement.checks]
    suite = ET.Element(
        "testsuite",
        name=_plain(_title(judgement)),
        tests=str(len(outcomes)),
        failures=str(outcomes.count(Outcome.FAILED)),
        errors=str(outcomes.count(Outcome.UNDECIDED)),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (("run", judgement.run_id), ("simulated", str(judgement.simulated).lower())):
        ET.SubElement(properties, "property", name=name, value=value)
    for check in judgement.checks:
        name, words = _plain(check.name), _plain(check.words)
        case = ET.SubElement(suite, "testcase", classname="promptevolver.gate", name=name)
        told = f"{words}; {_numbers(check)}".rstrip("; ")
        if check.outcome is Outcome.PASSED:
            ET.SubElement(case, "system-out").text = told
        else:
            kind = "failure" if check.outcome is Outcome.FAILED else "error"
            ET.SubElement(case, kind, message=words, type=check.verdict or kind).text = told
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _title(judgement: Judgement) -> str:
    label = f" [{wording.SIMULATED}]" if judgement.simulated else ""
    verdict = _WORDS[judgement.outcome]
    return f"Gate {verdict}: run {judgement.run_id} against {judgement.baseline}{label}"


def _cells(check: Check) -> tuple[str, ...]:
    interval = (
        "-"
        if check.low is None or check.high is None
        else (f"{check.low:+.3f} to {check.high:+.3f}")
    )
    return (
        check.name,
        _WORDS[check.outcome],
        wording.score(check.baseline),
        wording.score(check.candidate),
        "-" if check.difference is None else f"{check.difference:+.3f}",
        interval,
        "-" if check.p_value is None else f"{check.p_value:.2g}",
        "-" if check.n is None else str(check.n),
        check.words,
    )


def _numbers(check: Check) -> str:
    if check.difference is None:
        return ""
    pairs = zip(_HEADINGS[2:8], _cells(check)[2:8], strict=True)
    return ", ".join(f"{name} {value}" for name, value in pairs)


def _cell(text: str) -> str:
    """Write a text on one line, as nothing but text.

    Names of runs and metrics are anybody's: in a comment of the CI job they must neither mention
    people, nor lead anywhere, nor say that a gate has passed.
    """
    harmless = _MENTION.sub(lambda found: found[0] + _BREAK, _plain(text))
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", harmless)


def _plain(text: str) -> str:
    """Put a space for whatever ends a line or cannot be shown."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
