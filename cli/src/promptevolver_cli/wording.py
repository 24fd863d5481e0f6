"""Numbers and states as people read them; one place, so that all views agree."""

from datetime import UTC, datetime

from promptevolver_contracts.queries import RunView
from promptevolver_contracts.spending import Spend

SIMULATED = "simulated"
_VERDICTS = {
    "improved": "better than the original",
    "regressed": "worse than the original",
    "equivalent": "as good as the original",
    "inconclusive": "no clear difference",
    "too_small": "too few examples to tell",
    "not_comparable": "not comparable with the original",
}


def score(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.3f}"


def money(spend: Spend) -> str:
    """Give the sum; what has no known price is said, not counted as free."""
    if spend.calls and spend.unpriced_calls == spend.calls:
        return "price unknown"
    unknown = f" + {spend.unpriced_calls:,} calls of unknown price" if spend.unpriced_calls else ""
    return f"${spend.usd:.4f}{unknown}"


def spent(view: RunView) -> str:
    """Give calls against their cap, tokens and money."""
    spend = view.spend
    cap = view.budget.get("calls")
    calls = f"{spend.calls:,}" + (f" of {cap:,.0f}" if cap is not None else "")
    cached = f", {spend.cached_calls:,} from the cache" if spend.cached_calls else ""
    return f"{calls} calls{cached}, {spend.tokens:,} tokens, {money(spend)}"


def duration(seconds: float) -> str:
    """Give `3.4 s`, `2 min 5 s` or `1 h 2 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def wall_time(view: RunView) -> str:
    began = view.started_at or view.requested_at
    return duration(((view.ended_at or datetime.now(UTC)) - began).total_seconds())


def compared(name: str) -> str:
    """Give a verdict on a comparison with another run in words."""
    return f"{name} ({_VERDICTS[name].replace('the original', 'the baseline')})"


def verdict(name: str | None) -> str:
    return "-" if name is None else f"{name} ({_VERDICTS[name]})"


def models(view: RunView) -> str:
    named = ", ".join(f"{part} {name}" for part, name in view.models.items())
    return f"{named} [{SIMULATED}]" if view.simulated else named
