"""The documents say what the code does, and lead where they say."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.glob("**/*.md"), *(ROOT / "examples").glob("**/*.md")],
)
DECISIONS = sorted((DOCS / "adr").glob("*.md"))

FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
VARIABLE = re.compile(r"PROMPTEVOLVER_[A-Z_]*[A-Z]")
PATH = re.compile(r"/api/v1/[\w/{}…-]*[\w}…]")

SETTINGS = set(VARIABLE.findall((DOCS / "reference" / "settings.md").read_text("utf-8")))
OTHER_VARIABLES = {
    *("PROMPTEVOLVER_URL", "PROMPTEVOLVER_API_KEY", "PROMPTEVOLVER_PROJECT"),  # the command's
    "PROMPTEVOLVER_NATS_PASSWORD_ADMIN",  # nats-server's
    "PROMPTEVOLVER_REPOSITORY",  # of the job that the how-to shows
    *("PROMPTEVOLVER_BENCH_RUNS", "PROMPTEVOLVER_BENCH_EXPORT_ROWS"),  # of `make bench`
}
PATHS = [
    *json.loads((DOCS / "reference" / "openapi.json").read_text("utf-8"))["paths"],
    "/api/v1/ws",  # OpenAPI has no words for a WebSocket
]


def prose(page: Path) -> str:
    """Give a page without its listings."""
    return FENCED.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """Give what a page links to within the repository."""
    return [target for target in LINK.findall(prose(page)) if "://" not in target]


def anchors(page: Path) -> set[str]:
    """Give the places of a page, as hosts of repositories name them."""
    bare = (re.sub(r"[^\w\- ]", "", each.lower()) for each in HEADING.findall(prose(page)))
    return {each.strip().replace(" ", "-") for each in bare}


def dead(page: Path, root: Path = ROOT) -> list[str]:
    """Give the links of a page that lead nowhere, or out of the repository."""
    found = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        inside = place.is_relative_to(root) and place.exists()
        if not inside or (anchor and anchor not in anchors(place)):
            found.append(target)
    return found


def fits(path: str, template: str) -> bool:
    """Whether a path is the template, with anything for its parameters."""
    steps, wanted = path.split("/"), template.split("/")
    return len(steps) == len(wanted) and all(
        step == name or name.startswith("{") for step, name in zip(steps, wanted, strict=True)
    )


def unknown(page: Path) -> set[str]:
    """Give the settings and paths that a page names and that there are not."""
    text = page.read_text("utf-8")
    paths = {path for path in PATH.findall(text) if not any(fits(path, each) for each in PATHS)}
    return paths | (set(VARIABLE.findall(text)) - SETTINGS - OTHER_VARIABLES)


@pytest.mark.parametrize(
    "maker", ["docs/generate.py", "docs/http_requests.py", "clients/python/derive.py"]
)
def test_what_is_made_from_the_code_is_todays(maker: str) -> None:
    checked = subprocess.run(
        [sys.executable, maker, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert dead(page) == []


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title\n[1](gone.md) [2](#a-title) [3](#title) [4](..)", "utf-8")
    assert dead(page, tmp_path) == ["gone.md", "#title", ".."]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_and_paths_are_those_that_there_are(page: Path) -> None:
    assert unknown(page) == set()


def test_an_unknown_setting_or_path_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`PROMPTEVOLVER_MOOD`, `GET /api/v1/moods/{id}`, `/api/v1/runs/{id}`", "utf-8")
    assert unknown(page) == {"PROMPTEVOLVER_MOOD", "/api/v1/moods/{id}"}


def test_the_index_links_every_page_once() -> None:
    linked = Counter((INDEX.parent / target).resolve() for target in links(INDEX))
    pages = {page for page in DOCS.glob("**/*.md") if page != INDEX}
    assert {page.name: linked[page] for page in pages if linked[page] != 1} == {}


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name.partition("-")[0]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_has_number_status_and_date(page: Path) -> None:
    title, _, status, *_ = page.read_text("utf-8").splitlines()
    assert title.startswith(f"# {int(page.name.partition('-')[0])}. ")
    assert re.fullmatch(r"Status: accepted(; [a-z ]+ \d{4})?\. Date: \d{4}-\d\d-\d\d\.", status)
