from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts import facts as f
from promptevolver_contracts.ids import CandidateId, EffectId
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_optimizer.record import Record
from support.exchange import control
from support.searching import CALL, RUN


def head(id_: str) -> dict[str, Any]:
    return {"id": id_, "run_id": RUN, "epoch": 1, "at": datetime.now(UTC)}


def answered(effect: str) -> f.CallAnswered:
    return f.CallAnswered(
        **head(f"{effect}.answered"),
        effect=effect,
        operator="toy",
        model="toy",
        text="t",
        spend=CALL,
    )


def result(name: str) -> ShardResult:
    return ShardResult(
        run_id=RUN, shard_id=name, candidate_id="c", spend=CALL, at=datetime.now(UTC)
    )


def topped_up(place: str, id_: str) -> f.BudgetToppedUp:
    return f.BudgetToppedUp(**head(f"topup.{place}:{id_}"), budget=Budget(calls=1))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=30))
def test_the_spend_counts_every_answer_and_result_once(entries: list[tuple[bool, int]]) -> None:
    record = Record()
    for is_answer, number in entries:
        if is_answer:
            record.add_fact(answered(f"m{number}.a0"))
        else:
            new = f"s{number}" not in record.results
            assert record.add_result(result(f"s{number}")) is new
    assert record.spend == sum([CALL] * len(set(entries)), Spend())


def test_a_first_answer_stays() -> None:
    record = Record()
    record.add_fact(answered("m0.a0"))
    record.add_fact(answered("m0.a0").model_copy(update={"text": "another"}))
    assert record.answers[EffectId("m0.a0")].text == "t"


def test_a_top_up_waits_until_it_is_applied_whichever_is_read_first() -> None:
    record = Record()
    record.add_control(control("top_up", "a"))
    record.add_control(control("top_up", "b"))
    record.add_fact(topped_up("x3.0", "a"))
    assert list(record.pending) == ["b"]
    record.add_fact(topped_up("c4", "b"))
    record.add_control(control("top_up", "b"))
    assert record.pending == {}
    assert set(record.top_ups) == {"x3.0", "c4"}


def test_pause_and_resume_of_a_user_follow_one_another() -> None:
    record = Record()
    record.add_control(control("pause"))
    assert record.user_paused is not None
    record.add_control(control("resume", "c2"))
    assert record.user_paused is None
    assert record.resumes == 1


def test_the_first_cancel_counts() -> None:
    record = Record()
    record.add_control(control("cancel", "first"))
    record.add_control(control("cancel", "second"))
    assert record.cancel is not None
    assert record.cancel.id == "first"


def test_it_knows_whether_the_run_stands_still() -> None:
    record = Record()
    record.add_fact(f.RunPaused(**head("pause.0"), cause="provider", reason="down"))
    assert (record.paused, record.pauses) == (True, 1)
    record.add_fact(f.RunResumed(**head("resume.1")))
    assert (record.paused, record.pauses) == (False, 1)


def test_every_terminal_fact_ends_the_run() -> None:
    ends: list[f.Fact] = [
        f.RunFailed(**head("failed"), code="x", message="y"),
        f.RunCancelled(**head("cancelled"), best="c", texts={}),
        f.RunCompleted(**head("completed"), winner="c", texts={}, spend=Spend()),
    ]
    for end in ends:
        record = Record()
        record.add_fact(answered("m0.a0"))
        assert not record.ended
        record.add_fact(end)
        record.add_fact(answered("m0.a1"))
        assert record.ended


def test_a_decision_about_a_candidate_waits_until_it_takes_effect() -> None:
    record = Record()
    for op in ("pin", "veto"):
        record.add_control(control(op, op, candidate_id="c1"))
    vetoed = f.CandidateVetoed(**head("mark.launch3:veto"), candidate_id="c1")
    record.add_fact(vetoed)
    record.add_control(control("veto", "veto", candidate_id="c1"))
    assert list(record.unheeded) == ["pin"]
    assert record.marks == {"launch3": [vetoed]}


def test_the_best_is_none_that_was_vetoed_and_may_be_one_again() -> None:
    record = Record()
    for candidate, mean in (("o", 0.1), ("c1", 0.5), ("c2", 0.9)):
        scored = {"candidate_id": candidate, "kind": "full", "split": "validation", "examples": 5}
        record.add_fact(f.CandidateScored(**head(f"{candidate}.full"), **scored, mean=mean))
    for candidate in ("c1", "c2"):
        accepted = {"candidate_id": candidate, "evidence": f.Evidence()}
        record.add_fact(f.CandidateAccepted(**head(f"{candidate}.accepted"), **accepted))
    original = CandidateId("o")
    assert record.best(original) == "c2"
    record.add_fact(f.CandidateVetoed(**head("mark.commit1:a"), candidate_id="c2"))
    assert record.best(original) == "c1"
    record.add_fact(f.CandidateUnvetoed(**head("mark.commit2:b"), candidate_id="c2"))
    assert record.best(original) == "c2"


def test_it_knows_how_far_work_has_come() -> None:
    record = Record()
    assert (record.furthest, record.examining) == (-1, False)
    sent = {"candidate_id": "c", "split": "train", "shards": {"s": ("e",)}}
    record.add_fact(f.ShardsDispatched(**head("d1"), step=4, effect="m4.s0", **sent))
    # These name a step that has not begun.
    record.add_fact(f.BudgetExhausted(**head("exhausted.x9.0.calls"), step=9, limit="calls"))
    record.add_fact(f.CandidatePinned(**head("mark.launch9:a"), step=9, candidate_id="c"))
    assert (record.furthest, record.examining) == (4, False)
    record.add_fact(f.ShardsDispatched(**head("d2"), effect="exam.original.0", **sent))
    assert (record.furthest, record.examining) == (4, True)
