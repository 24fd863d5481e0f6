"""What the tests of this folder share: a folder for a stack, and the same run undisturbed."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import ordeal
from support.ordeal import Undisturbed
from support.stack import stack_folder


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A folder for the test's stack."""
    with stack_folder(tmp_path / "log") as folder:
        yield folder


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    """The run as it goes when nothing happens; made once, on a loop and a stack of its own."""
    logs = tmp_path_factory.mktemp("undisturbed") / "log"
    with stack_folder(logs) as var, ThreadPoolExecutor(1) as pool:
        yield pool.submit(lambda: asyncio.run(ordeal.undisturbed(var))).result()
