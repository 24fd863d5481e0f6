"""What a field is."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    TEXTS = "list of texts"
    """Compared element by element: true when any element fits."""
    KEYS = "keys"
    """JSON: a key inside takes whatever it is compared with; of another type it is absent."""
    NUMBERS = "numbers by name"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field."""

    kind: Kind
    description: str
    allowed: tuple[str, ...] = ()
    """Every value there is; none for an open field."""

    @property
    def nested(self) -> bool:
        """Whether keys follow its name."""
        return self.kind in (Kind.KEYS, Kind.NUMBERS)

    @property
    def sortable(self) -> bool:
        """Whether lists can be sorted by it; of numbers by name, by each."""
        return self.kind not in (Kind.TEXTS, Kind.KEYS)
