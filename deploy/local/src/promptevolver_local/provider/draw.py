"""Seeded chance without state: a number depends on its key and its label only."""

from collections.abc import Sequence
from hashlib import blake2b


class Draw:
    """The same parts and label give the same number, in any process and any order."""

    __slots__ = ("_key",)

    def __init__(self, *parts: object) -> None:
        self._key = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=32).digest()

    def uniform(self, label: str) -> float:
        """Return a number in [0, 1)."""
        digest = blake2b(label.encode(), key=self._key, digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) / (1 << 53)

    def chance(self, label: str, probability: float) -> bool:
        return self.uniform(label) < probability

    def choice[T](self, label: str, options: Sequence[T]) -> T:
        return options[int(self.uniform(label) * len(options))]

    def shuffled[T](self, label: str, items: Sequence[T]) -> list[T]:
        order = sorted(range(len(items)), key=lambda i: self.uniform(f"{label}:{i}"))
        return [items[i] for i in order]

    def branch(self, label: str) -> "Draw":
        return Draw(self._key.hex(), label)
