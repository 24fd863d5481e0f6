"""A component's text and the sections that operators may put around its instruction.

A program without a component for a persona or for demonstrations carries them in its instruction,
in tags of their own, so that a later mutation of the instruction leaves them alone.
"""

import re
from dataclasses import dataclass, replace
from typing import Self

_PERSONA = re.compile(r"\A<expert_identity>\n(.+?)\n</expert_identity>\n\n", re.DOTALL)
_DEMONSTRATIONS = re.compile(r"\n\n<demonstrations>\n(.+?)\n</demonstrations>\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sections:
    """A text taken apart; `text` puts it together again, character for character."""

    instruction: str
    persona: str = ""
    demonstrations: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """Take a text apart; one without sections is all instruction."""
        persona = _PERSONA.search(text)
        start = persona.end() if persona else 0
        demonstrations = _DEMONSTRATIONS.search(text, start)
        end = demonstrations.start() if demonstrations else len(text)
        return cls(
            instruction=text[start:end],
            persona=persona[1] if persona else "",
            demonstrations=demonstrations[1] if demonstrations else "",
        )

    @property
    def text(self) -> str:
        """The whole text."""
        before = f"<expert_identity>\n{self.persona}\n</expert_identity>\n\n"
        after = f"\n\n<demonstrations>\n{self.demonstrations}\n</demonstrations>"
        return "".join(
            (before if self.persona else "", self.instruction, after if self.demonstrations else "")
        )

    def with_instruction(self, instruction: str) -> "Sections":
        """Replace the instruction alone."""
        return replace(self, instruction=instruction)
