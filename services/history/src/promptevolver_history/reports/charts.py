"""Charts as drawings, for HTML and PDF alike; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import HexColor

WIDTH = 480.0
_LABEL = 130.0
_ROW = 22.0
_INK, _PALE, _GOOD, _BAD, _OPEN = (
    HexColor(code) for code in ("#222222", "#d9d9d9", "#1b7f4b", "#b3261e", "#55606e")
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference with its interval."""

    label: str
    value: float
    low: float | None
    high: float | None


def forest(estimates: Sequence[Estimate], margin: float, font: str) -> Drawing:
    """Differences with their intervals around zero; the band is what does not matter."""
    ends = [
        abs(x) for each in estimates for x in (each.value, each.low, each.high) if x is not None
    ]
    reach = max(0.05, margin * 1.5, *ends) * 1.1
    height = _ROW * len(estimates) + 34
    drawing = Drawing(WIDTH, height)

    def at(value: float) -> float:
        return _LABEL + (value + reach) / (2 * reach) * (WIDTH - _LABEL - 50)

    drawing.add(
        Rect(
            at(-margin),
            24,
            at(margin) - at(-margin),
            height - 30,
            fillColor=_PALE,
            strokeColor=None,
        )
    )
    drawing.add(Line(at(0), 20, at(0), height - 4, strokeColor=_INK, strokeWidth=0.8))
    for tick in (-reach / 1.1, 0.0, reach / 1.1):
        drawing.add(_text(at(tick), 8, f"{tick:+.2f}", font, "middle"))
    for place, each in enumerate(estimates):
        y = height - 6 - _ROW * (place + 0.5)
        color = _color(each)
        drawing.add(_text(_LABEL - 8, y - 3, _cut(each.label), font, "end"))
        if each.low is not None and each.high is not None:
            drawing.add(Line(at(each.low), y, at(each.high), y, strokeColor=color, strokeWidth=1.6))
        drawing.add(Circle(at(each.value), y, 3.2, fillColor=color, strokeColor=None))
        drawing.add(_text(WIDTH - 2, y - 3, f"{each.value:+.3f}", font, "end"))
    return drawing


def bars(rows: Sequence[tuple[str, float, float]], names: tuple[str, str], font: str) -> Drawing:
    """Means of two sides by metric, from 0 to 1."""
    height = 2 * _ROW * len(rows) + 24
    drawing = Drawing(WIDTH, height)
    room = WIDTH - _LABEL - 50
    for place, (label, *values) in enumerate(rows):
        top = height - 4 - 2 * _ROW * place
        drawing.add(_text(_LABEL - 8, top - _ROW, _cut(label), font, "end"))
        for n, value in enumerate(values):
            y = top - 18 * (n + 1)
            width = max(0.5, min(1.0, max(0.0, value)) * room)
            color = _OPEN if n == 0 else _GOOD
            drawing.add(Rect(_LABEL, y, width, 13, fillColor=color, strokeColor=None))
            drawing.add(_text(_LABEL + width + 5, y + 3, f"{value:.3f}", font, "start"))
    for n, name in enumerate(names):
        x = _LABEL + n * 170
        color = _OPEN if n == 0 else _GOOD
        drawing.add(Rect(x, 4, 9, 9, fillColor=color, strokeColor=None))
        drawing.add(_text(x + 14, 5, _cut(name, 32), font, "start"))
    return drawing


def progress(means: Sequence[float], font: str) -> Drawing:
    """Scores of candidates in the order of their making, and the best so far."""
    height, left, bottom = 150.0, 40.0, 22.0
    drawing = Drawing(WIDTH, height)
    low, high = min(means), max(means)
    spread = (high - low) or 0.1

    def at(place: int, value: float) -> tuple[float, float]:
        x = left + (WIDTH - left - 10) * (place / max(1, len(means) - 1))
        return x, bottom + (height - bottom - 12) * (value - low) / spread

    best: list[float] = []
    for place, mean in enumerate(means):
        previous = max(means[: place + 1])
        best += [*(at(place, max(means[:place])) if place else ()), *at(place, previous)]
        drawing.add(Circle(*at(place, mean), 2.4, fillColor=_OPEN, strokeColor=None))
    if len(best) > 2:
        drawing.add(PolyLine(best, strokeColor=_GOOD, strokeWidth=1.6))
    drawing.add(Line(left - 6, bottom - 4, left - 6, height - 6, strokeColor=_INK, strokeWidth=0.6))
    drawing.add(_text(left - 10, height - 14, f"{high:.2f}", font, "end"))
    drawing.add(_text(left - 10, bottom, f"{low:.2f}", font, "end"))
    drawing.add(_text(WIDTH - 10, 5, f"{len(means)} candidates, oldest first", font, "end"))
    return drawing


def _color(each: Estimate) -> HexColor:
    if each.low is not None and each.low > 0:
        return _GOOD
    if each.high is not None and each.high < 0:
        return _BAD
    return _OPEN


def _text(x: float, y: float, text: str, font: str, anchor: str) -> String:
    return String(x, y, text, fontName=font, fontSize=8.5, fillColor=_INK, textAnchor=anchor)


def _cut(text: str, most: int = 22) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
