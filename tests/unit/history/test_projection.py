from decimal import Decimal

import pytest
from promptevolver_contracts import facts
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_history.events import read
from promptevolver_history.projection import Changes, fold
from promptevolver_history.rows import CandidateRow
from support import told_runs
from support.told_runs import ORIGINAL, Teller, Told


def folded(told: list[Told]) -> Changes:
    return fold(read(n, each.subject, each.body, each.headers) for n, each in enumerate(told, 1))


def test_a_whole_run_adds_up() -> None:
    run = folded(told_runs.whole_run("r1", steps=4)).runs["r1"]

    assert (run.proposed, run.accepted, run.rejected) == (4, 2, 2)
    assert (run.shards_dispatched, run.shards_done, run.outcomes) == (5, 5, 10)
    assert run.calls == 5 * 2 + 4
    assert run.usd == Decimal("0.0050")
    assert (run.state, run.ended_with, run.verdict) == ("completed", "c4", "improved")
    assert run.trace_id == told_runs.TRACE
    assert run.simulated


def test_a_settled_budget_is_not_paid_twice() -> None:
    teller = Teller("r1")
    settled = teller.fact(facts.BudgetSettled, spend=Spend(calls=5), total=Spend(calls=9))

    assert folded([settled]).runs["r1"].calls == 0


def test_state_follows_the_last_word() -> None:
    teller = Teller("r1")
    opening = list(teller.opening())

    paused = folded([*opening, teller.paused("no credit")]).runs["r1"]
    resumed = folded([teller.paused("no credit"), teller.fact(facts.RunResumed)]).runs["r1"]

    assert (paused.state, paused.paused_reason) == ("paused", "no credit")
    assert (resumed.state, resumed.paused_reason) == ("running", None)


def test_a_topped_up_budget_replaces_the_requested_one() -> None:
    teller = Teller("r1")
    topped = teller.fact(facts.BudgetToppedUp, budget=Budget(calls=500))

    run = folded([*teller.opening(), topped]).runs["r1"]

    assert run.budget is not None
    assert Budget.model_validate_json(run.budget) == Budget(calls=500)


@pytest.mark.parametrize(("code", "kept"), [("gave_up", "gave_up"), ("something_new", "internal")])
def test_a_failure_keeps_its_code_when_it_is_known(code: str, kept: str) -> None:
    failed = Teller("r1").fact(facts.RunFailed, code=code, message="no more")

    run = folded([failed]).runs["r1"]

    assert run.state == "failed"
    assert run.error is not None
    assert f'"{kept}"' in run.error
    assert "no more" in run.error


def test_a_rejected_repeat_of_a_known_candidate_leaves_its_marks() -> None:
    teller = Teller("r1")
    told = [*teller.opening(), *teller.step(1, 0.6, accepted=True)]
    told.append(teller.fact(facts.CandidateRejected, candidate_id="c1", evidence=facts.Evidence()))
    told.append(teller.fact(facts.CandidateRejected, evidence=facts.Evidence()))

    changes = folded(told)

    assert changes.runs["r1"].rejected == 1
    assert changes.candidates["r1", "c1"].is_accepted


def test_every_mutation_is_accepted_or_rejected_or_under_way() -> None:
    teller = Teller("r1")
    told = [*teller.opening(), *teller.step(1, 0.6, accepted=True)]
    told += teller.step(2, 0.4, accepted=False)
    told.append(teller.fact(facts.CandidateRejected, step=3, evidence=facts.Evidence()))
    told += list(teller.step(4, 0.7, accepted=True))[:-1]

    run = folded(told).runs["r1"]

    assert (run.proposed, run.accepted, run.rejected) == (3, 1, 1)


def test_only_means_over_a_whole_split_count_as_full() -> None:
    teller = Teller("r1")
    scores = [
        teller.fact(
            facts.CandidateScored, candidate_id="c1", kind=kind, split=split, examples=3, mean=0.9
        )
        for kind, split in [("minibatch", "train"), ("screening", "validation"), ("exam", "test")]
    ]

    assert ("r1", "c1") not in folded(scores).candidates


def test_the_first_proposal_introduces_a_candidate() -> None:
    teller = Teller("r1")
    first = teller.fact(
        facts.CandidateProposed, step=1, candidate_id="c1", texts={"a": "x"}, parents=(ORIGINAL,)
    )
    again = teller.fact(facts.CandidateProposed, step=7, candidate_id="c1", texts={"a": "x"})

    assert folded([first, again]).candidates["r1", "c1"] == CandidateRow(
        "r1", "c1", ordinal=1, step=1, parents='["c0"]', texts='{"a":"x"}'
    )


def test_an_infrastructure_fault_is_a_done_shard_without_outcomes() -> None:
    fault = Fault(kind="timeout", message="slow")
    told = told_runs.result("r1", "s1", "c0", outcomes=(), fault=fault, spend=Spend())

    changes = folded([told])

    assert (changes.runs["r1"].shards_done, changes.runs["r1"].outcomes) == (1, 0)
    assert changes.outcomes == []


def test_only_unpaid_answered_outcomes_are_cached() -> None:
    outcomes = (
        told_runs.outcome("paid"),
        told_runs.outcome("cached", spend=Spend(cached_calls=1)),
        told_runs.outcome("none", spend=Spend()),
    )

    rows = folded([told_runs.result("r1", "s1", "c0", outcomes=outcomes)]).outcomes

    assert [row.cached for row in rows] == [False, True, False]
    assert [row.position for row in rows] == [0, 1, 2]


def test_what_an_answer_is_worth_is_kept_beside_what_it_cost() -> None:
    worth = Spend(calls=2, prompt_tokens=20, completion_tokens=5, usd=0.1, unpriced_calls=1)
    free = told_runs.outcome("cached", spend=Spend(cached_calls=2), worth=worth)

    told = told_runs.result("r1", "s1", "c0", outcomes=(free, told_runs.outcome("paid")))
    cached, paid = folded([told]).outcomes

    assert (cached.calls, cached.usd) == (0, Decimal(0))
    assert (cached.worth_calls, cached.worth_unpriced_calls) == (2, 1)
    assert (cached.worth_prompt_tokens, cached.worth_completion_tokens) == (20, 5)
    assert cached.worth_usd == Decimal("0.1")
    assert (paid.worth_calls, paid.worth_usd) == (None, None)


def test_a_run_is_simulated_when_any_model_may_be() -> None:
    def simulated(task: ModelSpec) -> bool | None:
        models = Models(task=task, reflection=ModelSpec(model="openai/real"))
        return folded(list(Teller("r1", models=models).opening())).runs["r1"].simulated

    assert not simulated(ModelSpec(model="openai/real"))
    assert simulated(ModelSpec(model="openai/real", fallbacks=("openai/simulated-task",)))
