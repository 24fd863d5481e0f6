"""Steered runs and their descendants, over history's own answers."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from promptevolver_contracts import facts, subjects
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.runs import RunRequest
from support.backend import Backend, backend
from support.gateway import optimize_body
from support.told_runs import Teller, Told, say, whole_run

pytestmark = pytest.mark.infra

RUNS = "/api/v1/runs"
FOUND = {"Sort it well.": 0.7, "Sort it best.": 0.9, "Sort it somehow.": 0.6}


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as api:
        yield api


class Story:
    """A run that was asked for here, as its owner tells it."""

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self.teller = Teller(request.run_id)

    def candidate(self, text: str) -> CandidateId:
        return self.request.program.with_texts({"instruction": text}).candidate_id

    def told(self) -> Iterator[Told]:
        request, original = self.request, self.request.program
        yield say(subjects.REQUESTS, request, f"{request.run_id}:req")
        yield self.teller.fact(
            facts.RunStarted,
            original=original.candidate_id,
            texts=original.texts,
            strategy="gepa",
            seed=0,
        )
        yield from self.teller.scoring(original.candidate_id, "o", 0.5)
        for step, (text, mean) in enumerate(FOUND.items()):
            yield from self.found(step, text, mean)

    def found(self, step: int, text: str, mean: float) -> Iterator[Told]:
        child, fact = self.candidate(text), self.teller.fact
        texts = {"instruction": text}
        yield fact(facts.CandidateProposed, step=step, candidate_id=child, texts=texts)
        yield from self.teller.scoring(child, f"m{step}", mean)
        mutation = Mutation(
            operator="reflect",
            parents=(self.request.program.candidate_id,),
            child=child,
            components=("instruction",),
            feedback_ids=("n1",),
        )
        yield fact(facts.MutationMade, step=step, mutation=mutation)
        evidence = facts.Evidence(reason="better")
        yield fact(facts.CandidateAccepted, step=step, candidate_id=child, evidence=evidence)


async def started(api: Backend) -> Story:
    answer = await api.http.post("/api/v1/optimize", json=optimize_body())
    assert answer.status_code == 202, answer.text
    story = Story(api.bus.request())
    await api.tell(*story.told())
    return story


async def get(api: Backend, path: str, **query: Any) -> Any:
    answer = await api.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def made(api: Backend, story: Story, way: str, **body: Any) -> RunRequest:
    answer = await api.http.post(f"{RUNS}/{story.request.run_id}/{way}", json=body)
    assert answer.status_code == 202, answer.text
    return api.bus.request(-1)


async def test_pins_and_vetoes_are_seen_on_candidates_and_the_later_word_counts(
    api: Backend,
) -> None:
    story = await started(api)
    good, best = story.candidate("Sort it well."), story.candidate("Sort it best.")
    fact = story.teller.fact
    await api.tell(
        fact(facts.CandidatePinned, candidate_id=good, by="ann"),
        fact(facts.CandidatePinned, candidate_id=best, by="ann"),
        fact(facts.CandidateVetoed, candidate_id=best, by="ann"),
        first=100,
    )
    listed = (await get(api, f"/api/v1/optimize/{story.request.run_id}/candidates"))["data"]
    marks = {each["candidate_id"]: (each["pinned"], each["vetoed"]) for each in listed}
    assert marks[good] == (True, False)
    assert marks[best] == (False, True)
    run = await get(api, f"{RUNS}/{story.request.run_id}")
    assert (run["best"], run["best_mean"]) == (good, 0.7)


async def test_a_continued_run_starts_with_what_was_found_and_not_vetoed(api: Backend) -> None:
    story = await started(api)
    vetoed = story.candidate("Sort it well.")
    await api.tell(story.teller.fact(facts.CandidateVetoed, candidate_id=vetoed), first=100)
    more = await made(api, story, "continue", strategy={"name": "gepa"})
    texts = [seed.texts["instruction"] for seed in more.archive]
    assert texts == ["Sort it best.", "Sort it somehow."]
    assert more.program == story.request.program


async def test_a_run_is_forked_at_a_candidate_and_shows_where_it_comes_from(api: Backend) -> None:
    story = await started(api)
    candidate = story.candidate("Sort it somehow.")
    fork = await made(api, story, "fork", candidate_id=candidate, seed=3)
    assert fork.program.candidate_id == candidate
    assert fork.dataset == story.request.dataset
    queued = await get(api, f"/api/v1/optimize/{fork.run_id}")
    await api.tell(say(subjects.REQUESTS, fork, f"{fork.run_id}:req"), first=100)
    for view in (queued, await get(api, f"{RUNS}/{fork.run_id}")):
        assert view["origin_run"] == story.request.run_id
        assert view["origin_candidate"] == candidate
        assert view["origin_relation"] == "fork"
    listed = await get(api, RUNS, filter=f'origin_run = "{story.request.run_id}"')
    assert [each["run_id"] for each in listed["data"]] == [fork.run_id]


async def test_a_mutation_says_which_notes_led_to_it(api: Backend) -> None:
    story = await started(api)
    listed = await get(api, f"{RUNS}/{story.request.run_id}/mutations")
    assert {tuple(each["mutation"]["feedback_ids"]) for each in listed["data"]} == {("n1",)}


@pytest.mark.parametrize(
    "path",
    ["rerun", "fork", "continue", "candidates/c2/pin", "candidates/c2/veto", "cancel", "top_up"],
)
async def test_another_projects_run_is_not_there(api: Backend, path: str) -> None:
    await api.tell(*whole_run("theirs", project="other"))
    body = {"budget": {"calls": 1}} if path == "top_up" else None
    answer = await api.http.post(f"{RUNS}/theirs/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert api.bus.stream == []
