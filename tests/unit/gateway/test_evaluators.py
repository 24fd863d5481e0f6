import httpx
import pytest
from promptevolver_contracts.spending import Spend
from support.gateway import METRICS, FakeBus

EVALUATORS = "/api/v1/evaluators"
SAMPLES = [{"output": "billing", "expected": "billing"}, {"id": "second", "output": "sales"}]


async def test_the_catalogue_says_what_each_metric_takes(client: httpx.AsyncClient) -> None:
    listed = (await client.get(EVALUATORS)).json()["data"]
    judge = (await client.get(f"{EVALUATORS}/llm_judge")).json()

    assert {each["kind"] for each in listed} == set(METRICS)
    assert judge["needs_judge"]
    assert judge["parameters"] == METRICS["llm_judge"]
    assert not next(each for each in listed if each["kind"] == "exact_match")["needs_judge"]


async def test_a_metric_is_tried_on_samples(client: httpx.AsyncClient, bus: FakeBus) -> None:
    answer = await client.post(f"{EVALUATORS}/exact_match/bench", json={"samples": SAMPLES})

    assert answer.status_code == 200, answer.text
    assert [each["id"] for each in answer.json()["results"]] == ["0", "second"]
    assert bus.asked[-1] == "rpc.evaluator.try_metric"


async def test_a_named_judge_is_asked(client: httpx.AsyncClient) -> None:
    body = {"samples": SAMPLES, "judge": "openai/simulated-judge", "parameters": {"rubric": "x"}}
    answer = await client.post(f"{EVALUATORS}/llm_judge/bench", json=body)

    assert answer.json()["simulated"]


async def test_what_a_judge_cost_is_recorded_with_who_asked(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    body = {"samples": SAMPLES, "judge": "openai/simulated-judge"}
    await client.post(f"{EVALUATORS}/llm_judge/bench", json=body)
    assert bus.history.side_spend == [], "all came from the cache"

    bus.history.bench_spend = Spend(calls=2, usd=0.5)
    await client.post(f"{EVALUATORS}/llm_judge/bench", json=body)
    (recorded,) = bus.history.side_spend
    assert (recorded.project, recorded.about, recorded.spend.usd) == ("default", "llm_judge", 0.5)
    assert recorded.by.id.startswith("key:")


@pytest.mark.parametrize(
    ("kind", "body", "status", "pointer"),
    [
        ("unheard_of", {"samples": SAMPLES}, 404, None),
        ("exact_match", {"samples": []}, 422, "/samples"),
        ("exact_match", {"samples": SAMPLES, "parameters": {"x": 1}}, 422, "/parameters"),
        ("llm_judge", {"samples": SAMPLES}, 422, "/judge"),
        ("exact_match", {"samples": [{"output": "x"}] * 51}, 422, "/samples"),
    ],
)
async def test_a_wrong_bench_is_refused_before_anybody_is_asked(
    client: httpx.AsyncClient,
    bus: FakeBus,
    kind: str,
    body: dict[str, object],
    status: int,
    pointer: str | None,
) -> None:
    answer = await client.post(f"{EVALUATORS}/{kind}/bench", json=body)

    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert "rpc.evaluator.try_metric" not in bus.asked
