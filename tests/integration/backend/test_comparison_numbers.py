"""Every number of a comparison, made again from the outcomes that the API lists.

SciPy and statsmodels compute them here, so that no function of ours judges itself.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.spending import Spend
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import cochrans_q, mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW
from support import compared_runs
from support.backend import Backend, backend
from support.compared_runs import evaluation, examples, store_dataset

pytestmark = pytest.mark.infra

METRICS = (
    MetricSpec(name="right", kind="exact_match", weight=3),
    MetricSpec(name="brief", kind="max_length", weight=1),
)
NAMES = ("score", "right", "brief")
RUNS = ("r0", "r1", "r2")
MARGIN = 0.03

type Numbers = NDArray[np.float64]
type Cells = Mapping[str, list[dict[str, Any]]]
"""Listed outcomes by example."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the outcomes of a scenario are drawn."""

    n: int
    repeats: int
    graded: bool
    clusters: int | None = None


PLANS = {
    "binary": Plan(80, 1, graded=False),
    "few": Plan(10, 1, graded=True),
    "graded": Plan(60, 3, graded=True),
    "clustered": Plan(72, 1, graded=False, clusters=24),
}


def drawn(plan: Plan, place: int, found: Sequence[Example]) -> list[Outcome]:
    """Outcomes of one run; two examples are lost in the last run, some answers are faults.

    In the second run, every third example is answered from the cache.
    """
    random = np.random.default_rng(place)
    told = []
    for at, example in enumerate(found[: len(found) - 2 * (place == 2)]):
        for repeat in range(plan.repeats):
            fault = plan.repeats > 1 and random.random() < 0.05
            chance = 0.35 + 0.25 * (at % 3) - 0.1 + 0.12 * place
            right = (
                round(float(np.clip(random.normal(chance, 0.2), 0, 1)), 3)
                if plan.graded
                else float(random.random() < chance)
            )
            brief = float(random.random() < 0.8)
            cost = Spend(
                calls=1,
                prompt_tokens=20 + at,
                completion_tokens=5 + place,
                usd=0.0 if at == 3 else round(0.001 * (1 + random.random() + place), 9),
            )
            latency_ms = round(float(np.exp(random.normal(3 + 0.2 * place, 0.4))), 3)
            cached = place == 1 and at % 3 == 0
            told.append(
                Outcome(
                    example_id=example.id,
                    repeat=repeat,
                    outcome_class="candidate_fault" if fault else "scored",
                    output=f"answer {repeat}",
                    score=0 if fault else (3 * right + brief) / 4,
                    scores={} if fault else {"right": right, "brief": brief},
                    fault=Fault(kind="unusable_output", message="?") if fault else None,
                    spend=Spend(cached_calls=1) if cached else cost,
                    worth=cost if cached else None,
                    latency_ms=0 if cached else latency_ms,
                )
            )
    return told


@pytest.fixture(params=PLANS)
async def scene(
    request: pytest.FixtureRequest, migrated_url: str
) -> AsyncIterator[tuple[Backend, Plan, dict[str, str]]]:
    plan = PLANS[request.param]
    found = examples(plan.n, plan.clusters)
    # The last ones have no cluster, and stand for themselves.
    found = [each.model_copy(update={"cluster": None}) for each in found[:4]] + found[4:]
    groups = {each.id: each.cluster or each.id for each in found}
    async with backend(migrated_url) as api:
        dataset = await store_dataset(api.database, found)
        first = 1
        for place, run in enumerate(RUNS):
            told = evaluation(
                run, dataset, drawn(plan, place, found), metrics=METRICS, repeats=plan.repeats
            )
            first = await compared_runs.project(api.database, told, first)
        yield api, plan, groups


async def listed(api: Backend, run: str) -> Cells:
    """Read a run's outcomes as the API streams them."""
    answer = await api.http.get(
        f"/api/v1/runs/{run}/outcomes", headers={"accept": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text
    cells: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in answer.text.splitlines():
        row = json.loads(line)
        cells[row["example_id"]].append(row)
    return cells


def mean_of(rows: Sequence[Mapping[str, Any]], metric: str) -> float:
    return float(
        np.mean(
            [
                0.0
                if row["outcome_class"] == "candidate_fault"
                else row["score"]
                if metric == "score"
                else row["scores"][metric]
                for row in rows
            ]
        )
    )


def near(value: float, tolerance: float = 1e-9) -> Any:
    return pytest.approx(value, abs=tolerance, rel=1e-6)


def clustered(values: Numbers, names: Sequence[str]) -> tuple[float, int]:
    """Give the mean's error and its degrees of freedom, by regression on a constant."""
    codes = np.unique(np.asarray(names), return_inverse=True)[1]
    fit = OLS(values, np.ones(values.size)).fit(
        cov_type="cluster",
        cov_kwds={"groups": codes, "use_correction": True},
        use_t=True,
    )
    return float(fit.bse[0]), int(codes.max())


class Judge:
    """Judges one metric of one pair by other people's code."""

    def __init__(self, before: Numbers, after: Numbers, names: Sequence[str], seen: Any) -> None:
        self.before, self.after, self.seen = before, after, seen
        self.differences = after - before
        self.names = names if len(set(names)) < len(names) else None
        self.n = before.size
        self.binary = self.names is None and set(before) | set(after) <= {0.0, 1.0}

    def judge(self) -> None:
        seen, d = self.seen, self.differences
        assert seen["n"] == self.n
        assert seen["difference"] == near(d.mean())
        assert seen["baseline"]["mean"] == near(self.before.mean())
        assert seen["candidate"]["mean"] == near(self.after.mean())
        assert seen["percentage"] == near(100 * d.mean() / self.before.mean())
        counts = (int((d > 1e-9).sum()), int((abs(d) <= 1e-9).sum()), int((d < -1e-9).sum()))
        assert (seen["wins"], seen["ties"], seen["losses"]) == counts
        assert seen["effect_size"] == near(d.mean() / d.std(ddof=1))
        self.judge_sides()
        self.judge_test()
        self.judge_margin()
        self.judge_verdict()

    def judge_sides(self) -> None:
        for values, side in ((self.before, "baseline"), (self.after, "candidate")):
            bounds = self.seen[side]["interval"]
            if bounds["method"] == "wilson":
                low, high = proportion_confint(values.sum(), self.n, method="wilson")
                assert self.names is None
                assert set(values) <= {0.0, 1.0}
                assert (bounds["low"], bounds["high"]) == (near(low), near(high))
            else:
                self.judge_bounds(values, bounds, 0, 1)

    def judge_bounds(self, values: Numbers, bounds: Any, least: float, most: float) -> None:
        if bounds["method"] == "bca":
            assert self.names is None
            assert 30 <= self.n < 2000
            found = stats.bootstrap(
                (values,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(1)
            ).confidence_interval
            slack = 0.06 * (found.high - found.low)
            assert bounds["low"] == pytest.approx(found.low, abs=slack)
            assert bounds["high"] == pytest.approx(found.high, abs=slack)
            return
        if self.names is None:
            assert (bounds["method"], self.n < 30) == ("t", True)
            error, freedom = stats.sem(values), self.n - 1
        else:
            assert bounds["method"] == "cluster_t"
            error, freedom = clustered(values, self.names)
        low, high = stats.t.interval(0.95, freedom, values.mean(), error)
        assert bounds["low"] == near(max(least, low))
        assert bounds["high"] == near(min(most, high))

    def judge_test(self) -> None:
        seen, d = self.seen, self.differences
        if self.binary:
            b, c = seen["wins"], seen["losses"]
            assert seen["test"] == "mcnemar_mid_p"
            fewer = stats.binom(b + c, 0.5)
            mid = 2 * fewer.cdf(min(b, c)) - fewer.pmf(min(b, c))
            assert seen["p_value"] == near(mid)
            assert seen["flips"]["exact_p"] == near(mcnemar([[0, c], [b, 0]], exact=True).pvalue)
            assert seen["flips"]["odds_ratio"] == (near(b / c) if c else None)
            low, high = proportion_confint(b, b + c, method="beta") if b + c else (0.0, 1.0)
            assert seen["flips"]["odds_low"] == near(low / (1 - low))
            assert seen["flips"]["odds_high"] == (near(high / (1 - high)) if c else None)
            p, q, n = (b + 1) / (self.n + 2), (c + 1) / (self.n + 2), self.n + 2
            half = stats.norm.ppf(0.975) * np.sqrt((p + q - (p - q) ** 2) / n)
            assert seen["interval"]["method"] == "bonett_price"
            assert seen["interval"]["low"] == near(p - q - half)
            assert seen["interval"]["high"] == near(p - q + half)
            return
        units = d
        if self.names is not None:
            codes = np.unique(np.asarray(self.names), return_inverse=True)[1]
            units = np.bincount(codes, weights=d)
        moving = units[abs(units) > 1e-9]
        found = stats.permutation_test(
            (moving,),
            np.sum,
            permutation_type="samples",
            n_resamples=np.inf if moving.size <= 16 else 40_000,
            rng=np.random.default_rng(2),
        ).pvalue
        slack = 1e-9 if moving.size <= 16 else 0.012
        assert seen["test"] == ("sign_flip" if self.names is None else "clustered_sign_flip")
        assert seen["p_value"] == pytest.approx(found, abs=slack)
        assert seen["flips"] is None
        self.judge_bounds(d, seen["interval"], -1, 1)

    def judge_margin(self) -> None:
        seen, d = self.seen, self.differences
        if self.names is None:
            worse = stats.ttest_1samp(d, -MARGIN, alternative="greater").pvalue
            tost = DescrStatsW(d).ttost_mean(-MARGIN, MARGIN)[0]
            error = stats.sem(d)
        else:
            error, freedom = clustered(d, self.names)
            worse = stats.t.sf((d.mean() + MARGIN) / error, freedom)
            tost = max(worse, stats.t.cdf((d.mean() - MARGIN) / error, freedom))
        assert seen["not_worse_p"] == near(worse, 1e-7)
        assert seen["equivalent_p"] == near(tost, 1e-7)
        told = self.n >= 30
        assert seen["not_worse"] == ((seen["interval"]["low"] > -MARGIN) if told else None)
        spread = error * np.sqrt(self.n)
        detectable = TTestPower().solve_power(nobs=self.n, alpha=0.05, power=0.8) * spread
        assert seen["detectable"] == pytest.approx(detectable, rel=1e-3)

    def judge_verdict(self) -> None:
        seen = self.seen
        bounds, difference = seen["interval"], seen["difference"]
        if self.n < 30:
            assert (seen["verdict"], seen["needed_n"]) == ("too_small", None)
            return
        claimed = seen["p_adjusted"] < 0.05 and abs(difference) >= MARGIN
        if claimed and bounds["low"] > 0:
            expected = "improved"
        elif claimed and bounds["high"] < 0:
            expected = "regressed"
        elif bounds["low"] >= -MARGIN and bounds["high"] <= MARGIN:
            expected = "equivalent"
        else:
            expected = "inconclusive"
        assert seen["verdict"] == expected
        assert (seen["needed_n"] is not None) == (expected == "inconclusive")
        assert seen["needed_n"] is None or seen["needed_n"] > self.n


def judge_ratio(seen: Any, before: Numbers, after: Numbers, names: Sequence[str]) -> None:
    kept = (before > 0) & (after > 0)
    assert (seen["n"], seen["zeros"]) == (kept.sum(), (~kept).sum())
    logs = np.log(after[kept] / before[kept])
    assert seen["ratio"] == near(np.exp(logs.mean()))
    # Of examples that stand alone it is the plain error.
    error, freedom = clustered(logs, [name for name, keep in zip(names, kept, strict=True) if keep])
    low, high = np.exp(stats.t.interval(0.95, freedom, logs.mean(), error))
    assert (seen["interval"]["low"], seen["interval"]["high"]) == (near(low), near(high))
    assert seen["p_value"] == near(2 * stats.t.sf(abs(logs.mean() / error), freedom), 1e-7)
    for values, side in ((before, "baseline"), (after, "candidate")):
        told = values[values > 0]
        assert seen[side]["mean"] == near(told.mean())
        for name, level in (("median", 0.5), ("p95", 0.95)):
            assert seen[side][name] == near(np.quantile(told, level, method="inverted_cdf"))


def amounts(cells: Cells, order: Sequence[str], name: str) -> Numbers:
    def one(row: Mapping[str, Any]) -> float:
        spend = row["worth"] or row["spend"]
        return float(
            {
                "latency_ms": row["latency_ms"],
                "usd": spend["usd"],
                "tokens": spend["prompt_tokens"] + spend["completion_tokens"],
            }[name]
        )

    means = []
    for example in order:
        found = [amount for row in cells[example] if (amount := one(row)) > 0]
        means.append(np.mean(found) if found else 0.0)
    return np.asarray(means)


async def test_all_numbers_follow_from_the_listed_outcomes(
    scene: tuple[Backend, Plan, dict[str, str]],
) -> None:
    api, plan, groups = scene
    query: dict[str, Any] = {"run": RUNS, "gates": ["score", "right"], "margin": MARGIN}
    answer = await api.http.get("/api/v1/runs/compare", params=query)
    assert answer.status_code == 200, answer.text
    view = answer.json()
    cells = {run: await listed(api, run) for run in RUNS}

    every = [metric for pair in view["comparisons"] for metric in pair["metrics"]]
    for gate, method in ((True, "holm"), (False, "fdr_bh")):
        family = [each for each in every if each["gate"] is gate]
        assert len(family) == 2 * (2 if gate else 1)
        adjusted = multipletests([each["p_value"] for each in family], method=method)[1]
        assert [each["p_adjusted"] for each in family] == [near(p) for p in adjusted]

    for run, pair in zip(RUNS[1:], view["comparisons"], strict=True):
        order = sorted(set(cells["r0"]) & set(cells[run]))
        names = [groups[example] for example in order]
        assert pair["pairing"]["paired"] == len(order)
        assert pair["pairing"]["only_baseline"] == plan.n - len(order)
        assert pair["pairing"]["clusters"] == (len(set(names)) if plan.clusters else None)
        for metric, seen in zip(NAMES, pair["metrics"], strict=True):
            before, after = (
                np.asarray([mean_of(cells[side][each], metric) for each in order])
                for side in ("r0", run)
            )
            assert seen["metric"] == metric
            Judge(before, after, names, seen).judge()
            await examples_agree(api, run, metric, seen, plan.n)
        missing = sum(mean_of(cells["r0"][each], "score") for each in set(cells["r0"]) - set(order))
        score = pair["metrics"][0]
        all_in_all = (score["difference"] * len(order) - missing) / plan.n
        assert score["if_missing_were_zero"] == near(all_in_all)
        for seen in pair["ratios"]:
            before, after = (amounts(cells[s], order, seen["quantity"]) for s in ("r0", run))
            judge_ratio(seen, before, after, names)
    judge_omnibus(view["omnibus"], cells, groups)


def judge_omnibus(seen: Any, cells: Mapping[str, Cells], groups: Mapping[str, str]) -> None:
    order = sorted(set.intersection(*(set(each) for each in cells.values())))
    table = np.asarray([[mean_of(cells[run][each], "score") for run in RUNS] for each in order])
    names = [groups[each] for each in order]
    if len(set(names)) < len(names):
        codes = np.unique(np.asarray(names), return_inverse=True)[1]
        table = np.stack([np.bincount(codes, weights=c) / np.bincount(codes) for c in table.T], 1)
    if set(table.ravel()) <= {0.0, 1.0}:
        found = cochrans_q(table)
        assert seen["method"] == "cochran_q"
    else:
        found = stats.friedmanchisquare(*table.round(9).T)
        assert seen["method"] == "friedman"
    assert seen["n"] == len(table)
    assert (seen["statistic"], seen["p_value"]) == (near(found.statistic), near(found.pvalue))


async def examples_agree(api: Backend, run: str, metric: str, seen: Any, n: int) -> None:
    """The list of examples counts what the totals count."""
    query: dict[str, Any] = {"run1": "r0", "run2": run, "metric": metric, "limit": 200}
    page = (await api.http.get("/api/v1/runs/compare/examples", params=query)).json()
    counts = page["counts"]
    assert (seen["wins"], seen["losses"], seen["ties"]) == (
        counts["improved"],
        counts["regressed"],
        counts["unchanged"],
    )
    assert len(page["data"]) == sum(counts.values()) == n
    deltas = [row["delta"] for row in page["data"] if row["delta"] is not None]
    assert np.mean(deltas) == near(seen["difference"])


async def test_slices_follow_from_the_listed_outcomes(
    scene: tuple[Backend, Plan, dict[str, str]],
) -> None:
    api, _, groups = scene
    query: dict[str, Any] = {
        "run1": "r0",
        "run2": "r1",
        "by": "metadata.language",
        "margin": MARGIN,
    }
    view = (await api.http.get("/api/v1/runs/compare/slices", params=query)).json()
    cells = {run: await listed(api, run) for run in RUNS[:2]}
    results = [each["result"] for each in view["slices"]]
    adjusted = multipletests([each["p_value"] for each in results], method="fdr_bh")[1]
    assert [each["p_adjusted"] for each in results] == [near(p) for p in adjusted]
    for part in view["slices"]:
        order = [
            each
            for each in sorted(cells["r0"])
            if (int(each[1:]) % 3 == 0) is (part["value"] == "en")
        ]
        before, after = (
            np.asarray([mean_of(cells[run][each], "score") for each in order]) for run in RUNS[:2]
        )
        Judge(before, after, [groups[each] for each in order], part["result"]).judge()
