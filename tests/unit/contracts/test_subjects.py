import pytest
from promptevolver_contracts.facts import Epoch
from promptevolver_contracts.faults import CANDIDATE_FAULTS, Fault
from promptevolver_contracts.subjects import EPOCHS, RESULTS
from pydantic import ValidationError


def test_a_subject_is_made_of_its_ids() -> None:
    assert RESULTS.of(run="r", shard="m1-0") == "pe.res.r.m1-0"
    assert RESULTS.pattern == "pe.res.*.*"


def test_a_subject_needs_all_its_ids() -> None:
    with pytest.raises(KeyError, match="shard"):
        RESULTS.of(run="r")


def test_a_subject_reads_what_it_wrote() -> None:
    epoch = Epoch.model_validate(
        {"run_id": "r", "n": 2, "owner": "a", "at": "2026-03-14T09:00:00Z"}
    )
    assert EPOCHS.decode(EPOCHS.encode(epoch)) == epoch


@pytest.mark.parametrize("data", [b"", b"?", b"{}", b"[]", b'{"run_id": "r", "n": 0}'])
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(ValidationError):
        EPOCHS.decode(data)


def test_a_fault_knows_whose_it_is() -> None:
    refused = Fault(kind="refused", message="?")
    assert refused.of_candidate
    assert refused.kind in CANDIDATE_FAULTS
    assert not Fault(kind="timeout", message="?").of_candidate
