import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_statistics import stream

decisions = st.lists(st.text(max_size=4) | st.integers(), max_size=4)


def first(seed: int, *decision: str | int) -> int:
    return int(stream(seed, *decision).integers(2**63))


def test_a_decision_has_one_stream_in_every_process() -> None:
    code = (
        "from promptevolver_statistics import stream;"
        "print(stream(7, 'mutation', 3).integers(2**63))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert int(other.stdout) == first(7, "mutation", 3)


def test_streams_do_not_depend_on_the_order_in_which_they_are_asked() -> None:
    forwards = [first(1, "step", i) for i in range(20)]
    backwards = [first(1, "step", i) for i in reversed(range(20))]
    assert forwards == backwards[::-1]


@given(st.integers(), decisions, st.integers(), decisions)
def test_different_decisions_have_different_streams(
    seed: int, one: list[str | int], other_seed: int, other: list[str | int]
) -> None:
    same = (seed, one) == (other_seed, other)
    assert (first(seed, *one) == first(other_seed, *other)) == same


def test_parts_are_kept_apart() -> None:
    streams = {
        first(1, "a", "bc"),
        first(1, "ab", "c"),
        first(1, "abc"),
        first(1, "1"),
        first(1, 1),
        first(1, ""),
        first(1),
        first(2),
    }
    assert len(streams) == 8


def test_neighbouring_streams_are_uniform() -> None:
    draws = np.array([stream(3, "decision", i).random() for i in range(2000)])
    assert abs(draws.mean() - 0.5) < 0.03
    assert np.abs(np.histogram(draws, 10, (0, 1))[0] - 200).max() < 70
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.1
