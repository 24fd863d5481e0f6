"""Randomness as a function of (run seed, decision), whatever order decisions are made in."""

from hashlib import blake2b

from numpy.random import PCG64, Generator


def stream(seed: int, *decision: str | int) -> Generator:
    """Give the generator that belongs to one decision of one run.

    The same seed and decision give the same stream in any process; different ones give independent
    streams. Parts are hashed with their type and length, so ("a", "bc") is not ("ab", "c") and "1"
    is not 1. Sampling without replacement is `Generator.choice(..., replace=False)`. NumPy keeps
    PCG64 stable for ever but may improve a distribution's algorithm between releases, so exact
    replay needs the NumPy version that is pinned.
    """
    digest = blake2b(digest_size=16)
    for part in (seed, *decision):
        text = str(part).encode()
        digest.update(f"{type(part).__name__}:{len(text)}:".encode())
        digest.update(text)
    return Generator(PCG64(int.from_bytes(digest.digest(), "big")))
