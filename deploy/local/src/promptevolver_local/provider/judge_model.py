"""The judge: compares an output with the right answer, where it knows the ticket."""

import json
import re
from collections.abc import Sequence
from typing import Any

from promptevolver_local.provider.chat import ChatRequest
from promptevolver_local.provider.draw import Draw
from promptevolver_local.provider.landscape import Landscape
from promptevolver_local.provider.tickets import TicketIndex

_NOISE = 0.05


class JudgeModel:
    """Answers are a function of the seed and the request."""

    def __init__(self, landscapes: Sequence[Landscape], index: TicketIndex, seed: int) -> None:
        self._landscapes = landscapes
        self._index = index
        self._seed = seed
        self._object = re.compile(r"\{[^{}]*\}")
        self._scale = re.compile(r"\b[01]\s*(?:-|\u2013|to|and)\s*(10|100|5|4|3)\b")
        self._expected = re.compile(r"expected|reference|gold|correct answer|ideal", re.IGNORECASE)

    def answer(self, request: ChatRequest, choice: int = 0) -> str:
        draw = Draw(self._seed, request.digest, choice)
        share, reason = self._judge(request.text, draw)
        share = min(1.0, max(0.0, share + (draw.uniform("noise") - 0.5) * 2 * _NOISE))
        scale = self._scale.search(request.text)
        score = 1 + round(share * (int(scale[1]) - 1)) if scale else round(share, 3)
        return json.dumps({"score": score, "reason": reason})

    def _judge(self, text: str, draw: Draw) -> tuple[float, str]:
        hits = self._index.find(text)
        expected, output = self._answers(text)
        fields: Sequence[str] = tuple(expected or ())
        if hits:
            known = hits[-1].known
            expected = known.example.answer
            fields = self._landscapes[known.landscape].file.scored_fields
        if expected is None:
            return 0.4 + 0.4 * draw.uniform("opinion"), "Plausible, with nothing to compare it to."
        if output is None:
            return 0.0, "The output is not the JSON object that was asked for."
        wrong = [name for name in fields if output.get(name) != expected[name]]
        reason = f"Wrong: {', '.join(wrong)}." if wrong else "Every field is right."
        return 1 - len(wrong) / max(1, len(fields)), reason

    def _answers(self, text: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Return the expected answer and the judged output, as far as the text shows them."""
        expected = output = None
        end = 0
        for match in self._object.finditer(text):
            title, end = text[max(end, match.start() - 60) : match.start()], match.end()
            try:
                value = json.loads(match[0])
            except ValueError:
                continue
            if not value or value.keys() & {"score"}:
                continue
            if self._expected.search(title):
                expected = value
            else:
                output = value
        return expected, output
