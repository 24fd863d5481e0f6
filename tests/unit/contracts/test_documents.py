from pathlib import Path

import pytest
from promptevolver_contracts import documents


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("pe.req.*", "pe.req.*", True),
        ("pe.req.*", "pe.req.7", True),
        ("pe.req.*", "pe.req", False),
        ("pe.req.*", "pe.req.7.8", False),
        ("pe.req.*", "pe.req.>", False),
        ("pe.res.>", "pe.res.*.*", True),
        ("pe.res.>", "pe.res.>", True),
        ("pe.res.>", "pe.res", False),
        ("pe.task.hi.>", "pe.task.*.*.*", False),
        ("pe.ctl.*", "pe.log.*", False),
        (">", "pe.ctl.1", True),
    ],
)
def test_patterns_cover_what_nats_would_deliver(wide: str, narrow: str, expected: bool) -> None:
    assert documents.covers(wide, narrow) is expected


def test_written_documents_do_not_differ(tmp_path: Path) -> None:
    documents.write(tmp_path)
    assert documents.differences(tmp_path) == []


def test_changed_missing_and_left_over_files_are_named(tmp_path: Path) -> None:
    documents.write(tmp_path)
    (tmp_path / "fact.json").write_text("{}")
    (tmp_path / "shard.json").unlink()
    (tmp_path / "gone.json").write_text("{}")
    names = [path.name for path in documents.differences(tmp_path)]
    assert names == ["fact.json", "gone.json", "shard.json"]
    documents.write(tmp_path)
    assert documents.differences(tmp_path) == []


def test_the_list_of_samples_only_grows(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    first, second = samples / "fact.1.json", samples / "epoch.1.json"
    first.write_text("{}")
    documents.write(tmp_path)
    before = documents.read_manifest((tmp_path / documents.MANIFEST).read_text())

    first.write_text('{"changed": true}')
    second.write_text("{}")
    documents.write(tmp_path)
    after = documents.read_manifest((tmp_path / documents.MANIFEST).read_text())
    assert list(after) == ["epoch.1.json", "fact.1.json"]
    assert after["fact.1.json"] == before["fact.1.json"]

    first.unlink()
    documents.write(tmp_path)
    assert documents.read_manifest((tmp_path / documents.MANIFEST).read_text()) == after


def test_the_command_checks_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["documents", str(tmp_path), "--check"])
    with pytest.raises(SystemExit, match="out of date"):
        documents.main()
    monkeypatch.setattr("sys.argv", ["documents", str(tmp_path)])
    documents.main()
    monkeypatch.setattr("sys.argv", ["documents", str(tmp_path), "--check"])
    documents.main()
