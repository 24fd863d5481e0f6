"""Reports as HTML: one file, nothing from elsewhere, nothing that runs."""

import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup
from reportlab.graphics import renderSVG

from promptevolver_history.reports.document import Block, Changes, Document, Figure, Table, Text

_FONT = "Helvetica"
_SVG = re.compile(r"<svg.*</svg>", re.DOTALL)
_NAMED = re.compile(
    r'<clipPath.*?</clipPath>|<(title|desc)>.*?</\1>| id="group"| style="clip-path[^"]*"',
    re.DOTALL,
)
"""What carries the same name in every drawing: on one page they would get in each other's way."""


def html(document: Document) -> bytes:
    """Render a report. Whatever it says is escaped; of charts, by the writer of SVG."""
    return _template().render(document=document, kind=_kind, svg=_svg).encode("utf-8", "replace")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(files(__package__).joinpath("report.html.j2").read_text("utf-8"))


def _kind(block: Block) -> str:
    match block:
        case Text():
            return "text"
        case Table():
            return "table"
        case Figure():
            return "figure"
        case Changes():
            return "changes"


def _svg(figure: Figure) -> Markup:
    # The declaration before it names a document type elsewhere.
    found = _SVG.search(renderSVG.drawToString(figure.draw(_FONT)))
    assert found is not None  # noqa: S101  the library writes one
    return Markup(_NAMED.sub("", found[0]))  # noqa: S704  made by a library out of escaped texts
