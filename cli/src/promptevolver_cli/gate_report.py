"""A judgement for people and for CI servers: a table, Markdown, JUnit XML."""

from xml.etree import ElementTree as ET

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from promptevolver_cli import wording
from promptevolver_cli.gate import Check, Judgement, Outcome

_HEADINGS = ("check", "outcome", "baseline", "candidate", "difference", "interval", "p", "n", "why")
_WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNDECIDED: "not decidable",
}
_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.UNDECIDED: "yellow"}


def table(judgement: Judgement) -> RenderableType:
    """Draw it for a terminal."""
    drawn = Table(box=None, pad_edge=False, header_style="dim")
    for heading in _HEADINGS:
        drawn.add_column(heading, overflow="fold")
    for check in judgement.checks:
        name, outcome, *rest = _cells(check)
        drawn.add_row(
            escape(name), Text(outcome, style=_COLOURS[check.outcome]), *map(escape, rest)
        )
    return Group(Text(_title(judgement), style="bold"), drawn, *map(Text, judgement.notes))


def markdown(judgement: Judgement) -> str:
    """Write it for a job's summary or a comment on a merge request."""
    rows = [_HEADINGS, ("---",) * len(_HEADINGS), *map(_cells, judgement.checks)]
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    notes = [f"- {note}" for note in judgement.notes]
    return "\n".join([f"### {_title(judgement)}", "", *lines, *([""] if notes else []), *notes, ""])


def junit(judgement: Judgement) -> str:
    """Write it as JUnit XML: a test case for each check; what is open counts as an error."""
    outcomes = [check.outcome for check in judgement.checks]
    suite = ET.Element(
        "testsuite",
        name=_title(judgement),
        tests=str(len(outcomes)),
        failures=str(outcomes.count(Outcome.FAILED)),
        errors=str(outcomes.count(Outcome.UNDECIDED)),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (("run", judgement.run_id), ("simulated", str(judgement.simulated).lower())):
        ET.SubElement(properties, "property", name=name, value=value)
    for check in judgement.checks:
        case = ET.SubElement(suite, "testcase", classname="promptevolver.gate", name=check.name)
        told = f"{check.words}; {_numbers(check)}".rstrip("; ")
        if check.outcome is Outcome.PASSED:
            ET.SubElement(case, "system-out").text = told
        else:
            kind = "failure" if check.outcome is Outcome.FAILED else "error"
            ET.SubElement(case, kind, message=check.words, type=check.verdict or kind).text = told
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
    return text.replace("|", "\\|").replace("\n", " ")
