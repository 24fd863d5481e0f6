"""Calls that are wrong wherever they stand, found in the syntax tree."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted([*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("libs/*/src/**/*.py")])
TESTS = sorted((ROOT / "tests").glob("**/*.py"))
BENCH = ROOT / "tests" / "bench"
"""Benchmarks pace and sample: they may sleep."""

SETS_ENVIRONMENT = {
    "libs/llm/src/promptevolver_llm/library.py",
    "services/history/src/promptevolver_history/mirrors/library.py",
}
"""LiteLLM and MLflow read their switches from the environment alone, while they are imported."""

SLEEPS = {
    "tests/support/waiting.py",  # the one place that polls, with a deadline
    "tests/support/fake_provider.py",  # a slow provider is what it plays
    "tests/chaos/test_nemesis.py",  # kills come at intervals; what they lead to is waited for
    "tests/chaos/test_restarts.py",  # its clients wait before they ask again
    "tests/support/stack.py",  # an outage has a length, and a new start its distance
}

type Ban = Callable[[ast.AST], str | None]


def name_of(node: ast.AST) -> str:
    """Spell a dotted name; other expressions give nothing."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def keywords(call: ast.Call) -> dict[str | None, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords}


def unacknowledged(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr == "publish_async":
        return "publish_async hides whether the stream stored the message"
    return None


def declared_stream(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and name_of(node.func).split(".")[-1] == "JStream":
        declare = keywords(node).get("declare")
        if not (isinstance(declare, ast.Constant) and declare.value is False):
            return "JStream without declare=False changes the stream"
    return None


def unstated_policy(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and name_of(node.func).endswith(".subscriber"):
        return None if "ack_policy" in keywords(node) else "subscriber without ack_policy"
    return None


def unkept_message(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and name_of(node.func).endswith("broker.publish"):
        return None if "stream" in keywords(node) else "broker.publish without stream="
    return None


def swallowed_failure(node: ast.AST) -> str | None:
    if not isinstance(node, ast.ExceptHandler):
        return None
    if node.type is None:
        return "bare except"
    broad = name_of(node.type) in {"Exception", "BaseException"}
    return "a failure is swallowed" if broad and all(map(is_nothing, node.body)) else None


def is_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass | ast.Continue) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def environment(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and name_of(node) in {"os.environ", "os.getenv"}:
        return "the environment is read by settings alone"
    return None


def sleep(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Call) and name_of(node.func) in {"asyncio.sleep", "time.sleep"}):
        return None
    moment = node.args[0] if node.args else None
    # asyncio.sleep(0) waits for nothing: it lets the other tasks run.
    zero = isinstance(moment, ast.Constant) and moment.value == 0
    return None if zero else "wait on a condition, with a deadline"


EVERYWHERE: tuple[Ban, ...] = (
    unacknowledged,
    declared_stream,
    unstated_policy,
    unkept_message,
    swallowed_failure,
)


def findings(source: str, bans: tuple[Ban, ...]) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        for ban in bans:
            if (reason := ban(node)) is not None:
                yield f"line {getattr(node, 'lineno', '?')}: {reason}"


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_code_makes_no_banned_call() -> None:
    assert CODE
    for path in CODE:
        exempt = path.name == "settings.py" or relative(path) in SETS_ENVIRONMENT
        bans = EVERYWHERE if exempt else (*EVERYWHERE, environment)
        assert list(findings(path.read_text("utf-8"), bans)) == [], path


def test_tests_do_not_sleep() -> None:
    for path in TESTS:
        paced = relative(path) in SLEEPS or path.is_relative_to(BENCH)
        bans = () if paced else (sleep,)
        assert list(findings(path.read_text("utf-8"), bans)) == [], path


def test_nothing_is_left_to_do_later() -> None:
    for path in CODE + TESTS:
        assert re.findall(r"#\s*(?:TODO|FIXME|XXX)\b.*", path.read_text("utf-8")) == [], path


@pytest.mark.parametrize(
    ("ban", "wrong", "right"),
    [
        (unacknowledged, "js.publish_async(s, b'')", "js.publish(s, b'')"),
        (declared_stream, "JStream('PE')", "JStream('PE', declare=False)"),
        (declared_stream, "nats.JStream('PE', declare=True)", "JStream(name, declare=False)"),
        (unstated_policy, "broker.subscriber('s')", "broker.subscriber('s', ack_policy=MANUAL)"),
        (unkept_message, "self._broker.publish(b'', s)", "broker.publish(b'', s, stream='PE')"),
        (swallowed_failure, "try: f()\nexcept: log()", "try: f()\nexcept OSError: pass"),
        (swallowed_failure, "try: f()\nexcept Exception: pass", "try: f()\nexcept Exception: g()"),
        (environment, "os.environ['A']", "os.getpid()"),
        (environment, "os.getenv('A')", "settings.a"),
        (sleep, "asyncio.sleep(1)", "asyncio.sleep(0)"),
        (sleep, "time.sleep(delay)", "until(lambda: True)"),
    ],
)
def test_a_ban_tells_wrong_from_right(ban: Ban, wrong: str, right: str) -> None:
    assert len(list(findings(wrong, (ban,)))) == 1
    assert list(findings(right, (ban,))) == []
