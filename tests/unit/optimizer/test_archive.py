import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts import facts as f
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Program
from promptevolver_optimizer.archive import Archive, Entry, Sheet
from support.scripted_effects import toy_program
from support.searching import mark, rewritten

rows = st.lists(
    st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=3, max_size=3), min_size=1, max_size=8
)


def sheet(scores: list[float], program: Program | None = None, repeats: int = 1) -> Sheet:
    return Sheet(
        program or toy_program(),
        tuple(
            Outcome(
                example_id=f"e{at}", repeat=repeat, outcome_class="scored", output="", score=score
            )
            for at, score in enumerate(scores)
            for repeat in range(repeats)
        ),
    )


def archive_of(table: list[list[float]]) -> Archive:
    archive = Archive()
    for number, scores in enumerate(table):
        program = rewritten(toy_program(), f"text {number}")
        archive = archive.with_entry(Entry(program, sheet(scores, program)))
    return archive


@given(rows)
def test_every_front_keeps_a_survivor_and_survivors_are_on_fronts(table: list[list[float]]) -> None:
    archive = archive_of(table)
    survivors = archive.pareto()
    fronts = archive.fronts().values()
    assert all(front & survivors.keys() for front in fronts)
    for candidate, count in survivors.items():
        assert count == sum(candidate in front for front in fronts) > 0


@given(rows)
def test_a_survivor_is_not_made_up_for_by_the_others(table: list[list[float]]) -> None:
    archive = archive_of(table)
    survivors = archive.pareto()
    for candidate in survivors:
        own = [front for front in archive.fronts().values() if candidate in front]
        others = survivors.keys() - {candidate}
        assert not all(front & others for front in own)


@given(rows)
def test_the_best_is_the_earliest_of_the_highest(table: list[list[float]]) -> None:
    archive = archive_of(table)
    means = [entry.sheet.mean for entry in archive.entries]
    assert archive.best is archive.entries[means.index(max(means))]
    assert archive.top(1) == (archive.best,)
    assert [e.sheet.mean for e in archive.top(99)] == sorted(means, reverse=True)


def test_a_known_candidate_changes_nothing_and_an_archive_is_never_changed() -> None:
    archive = archive_of([[1, 0, 0]])
    again = Entry(archive.original.program, sheet([0, 0, 0]))
    assert archive.with_entry(again) is archive
    bigger = archive.with_entry(
        Entry(rewritten(toy_program(), "new"), sheet([1, 1, 1]), (archive.original.id,))
    )
    assert len(archive.entries) == 1
    assert len(bigger.entries) == 2
    assert bigger.entries[1].id in bigger
    assert bigger.entries[1].id not in archive


def test_ancestors_are_all_that_a_candidate_descends_from() -> None:
    archive = archive_of([[0, 0, 0]])
    ids = [archive.original.id]
    for number in range(3):
        program = rewritten(toy_program(), f"child {number}")
        archive = archive.with_entry(Entry(program, sheet([0, 0, 0], program), (ids[-1],)))
        ids.append(program.candidate_id)
    assert archive.ancestors(ids[3]) == set(ids[:3])
    assert archive.ancestors(ids[0]) == frozenset()


def test_repeats_are_averaged_by_example_first() -> None:
    outcomes = (*sheet([1.0]).outcomes, *sheet([0.0, 0.0], repeats=2).outcomes[2:])
    mixed = Sheet(toy_program(), outcomes)
    assert mixed.scores == {"e0": 1.0, "e1": 0.0}
    assert mixed.mean == pytest.approx(0.5)
    assert Sheet(toy_program(), ()).mean == 0


def test_differences_are_paired_and_failures_come_worst_first() -> None:
    child, parent = sheet([1.0, 0.5, 0.0]), sheet([0.0, 0.5])
    assert child.differences(parent) == [1.0, 0.0]
    assert [outcome.score for outcome in child.failures] == [0.0, 0.5]
    assert [outcome.score for outcome in child.successes] == [1.0]


def marked(archive: Archive, *marks: tuple[type[f.Mark], int]) -> Archive:
    return archive.marked(mark(kind, archive.entries[at].program) for kind, at in marks)


@given(rows, st.data())
def test_the_vetoed_hold_nothing_and_stay_known(
    table: list[list[float]], data: st.DataObject
) -> None:
    archive = archive_of(table)
    chosen = data.draw(st.sets(st.integers(1, max(len(table) - 1, 1)))) if len(table) > 1 else set()
    steered = marked(archive, *((f.CandidateVetoed, at) for at in chosen))
    kept = archive_of([scores for at, scores in enumerate(table) if at not in chosen])
    assert [entry.sheet.scores for entry in steered.entries] == [
        entry.sheet.scores for entry in kept.entries
    ]
    vetoed = {archive.entries[at].id for at in chosen}
    assert vetoed.isdisjoint(steered.pareto())
    assert all(vetoed.isdisjoint(front) for front in steered.fronts().values())
    assert steered.best.id not in vetoed
    assert all(each in steered for each in vetoed)


@given(rows, st.data())
def test_the_pinned_are_in_every_choice_of_parents(
    table: list[list[float]], data: st.DataObject
) -> None:
    archive = archive_of(table)
    chosen = data.draw(st.sets(st.integers(0, len(table) - 1)))
    steered = marked(archive, *((f.CandidatePinned, at) for at in chosen))
    pinned = {archive.entries[at].id for at in chosen}
    assert pinned <= steered.pareto().keys()
    assert pinned <= {entry.id for entry in steered.top(1)}
    assert steered.best.sheet.mean == archive.best.sheet.mean
    assert archive.pareto().keys() <= steered.pareto().keys()


def test_among_equals_the_pinned_one_is_best() -> None:
    archive = archive_of([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert marked(archive, (f.CandidatePinned, 2)).best is archive.entries[2]
    assert archive.best is archive.entries[0]


def test_the_later_word_on_a_candidate_counts() -> None:
    archive = archive_of([[0, 0, 0], [1, 1, 1]])
    good = archive.entries[1]
    vetoed = marked(archive, (f.CandidatePinned, 1), (f.CandidateVetoed, 1))
    assert (vetoed.pinned, vetoed.best) == (frozenset(), archive.original)
    assert vetoed.marked([mark(f.CandidatePinned, good.program)]).best is good
    assert vetoed.marked([mark(f.CandidateUnvetoed, good.program)]).entries == archive.entries


def test_a_candidate_that_is_vetoed_before_it_comes_never_comes_into_play() -> None:
    late = rewritten(toy_program(), "late")
    archive = archive_of([[0, 0, 0]]).marked([mark(f.CandidateVetoed, late)])
    archive = archive.with_entry(Entry(late, sheet([1, 1, 1], late)))
    assert late.candidate_id in archive
    assert archive.best is archive.original
