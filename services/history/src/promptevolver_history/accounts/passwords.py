"""Passwords: hashed by Argon2id, off the event loop, a few at a time."""

import asyncio
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

_TOGETHER = 2
"""Each takes 64 MiB and a core for its time; more at once would starve everything else."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the password is right, and its hash anew when today's parameters are stronger."""

    right: bool
    rehashed: str | None = None


class Passwords:
    """Makes and checks hashes with the parameters of RFC 9106."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_TOGETHER)

    async def hash(self, password: str) -> str:
        """Give the hash to keep."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, password: str, known: str | None) -> Check:
        """Compare with a hash. Without one it takes as long, so that time tells nothing."""
        async with self._slots:
            return await asyncio.to_thread(self._check, password, known)

    def _check(self, password: str, known: str | None) -> Check:
        if known is None:
            self._hasher.hash(password)
            return Check(right=False)
        try:
            self._hasher.verify(known, password)
        except VerifyMismatchError:
            return Check(right=False)
        stale = self._hasher.check_needs_rehash(known)
        return Check(right=True, rehashed=self._hasher.hash(password) if stale else None)
