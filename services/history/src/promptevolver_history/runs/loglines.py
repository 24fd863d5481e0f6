"""A run's events as lines for people. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

Payload = Mapping[str, Any]

_SHORT = 10


def line(kind: str, payload: Payload) -> str:
    """Say in a line what happened; an event of an unknown kind is named."""
    tell = _LINES.get(kind)
    return kind.replace(".", " ") if tell is None else tell(payload)


def _short(payload: Payload, name: str = "candidate_id") -> str:
    value = payload.get(name)
    return "no candidate" if value is None else str(value)[:_SHORT]


def _because(reason: object) -> str:
    return f": {reason}" if reason else ""


def _requested(said: Payload) -> str:
    strategy = said.get("strategy", {}).get("name")
    return (
        f"{said.get('kind', 'a run')} of program {said['program']['name']} on dataset "
        f"{said['dataset']['name']} was asked for" + (f", by {strategy}" if strategy else "")
    )


def _mutated(said: Payload) -> str:
    mutation = said["mutation"]
    parents = " and ".join(str(parent)[:_SHORT] for parent in mutation["parents"])
    changed = ", ".join(mutation["components"]) or "nothing"
    return (
        f"{mutation['operator']} made {_short(mutation, 'child')} of {parents}, changing {changed}"
    )


def _answered(said: Payload) -> str:
    fault = said.get("fault")
    answer = f"refused ({fault['message']})" if fault else "answered"
    return f"{said['model']} {answer} for {said['operator']}, {_cost(said['spend'])}"


def _dispatched(said: Payload) -> str:
    shards = said["shards"]
    examples = sum(len(ids) for ids in shards.values())
    return (
        f"{examples} examples of {said['split']} went out in {len(shards)} shards "
        f"for {_short(said)}"
    )


def _scored(said: Payload) -> str:
    faults = f", {said['faults']} faults" if said.get("faults") else ""
    return (
        f"{_short(said)} scored {said['mean']:.4f} on {said['examples']} examples of "
        f"{said['split']} ({said['kind']}{faults})"
    )


def _decided(word: str) -> Callable[[Payload], str]:
    def tell(said: Payload) -> str:
        evidence = said["evidence"]
        examples = evidence.get("examples", 0)
        compared = (
            f", {evidence.get('mean_difference', 0):+.4f} on {examples} examples "
            f"({evidence.get('wins', 0)} better, {evidence.get('ties', 0)} equal, "
            f"{evidence.get('losses', 0)} worse)"
            if examples
            else ""
        )
        return f"{_short(said)} {word}{compared}{_because(evidence.get('reason'))}"

    return tell


def _cost(spend: Payload) -> str:
    tokens = spend.get("prompt_tokens", 0) + spend.get("completion_tokens", 0)
    return f"{spend.get('calls', 0)} calls, {tokens} tokens, {spend.get('usd', 0):.4f} USD"


def _graded(said: Payload) -> str:
    exam = said["comparison"]
    return (
        f"the sealed exam says {exam['verdict']}: {exam['mean_original']:.4f} before, "
        f"{exam['mean_winner']:.4f} after, on {exam['n']} examples"
    )


def _completed(said: Payload) -> str:
    verdict = f", {said['verdict']}" if said.get("verdict") else ""
    return f"completed with {_short(said, 'winner')}{verdict}{_because(said.get('reason'))}"


def _steered(word: str) -> Callable[[Payload], str]:
    return lambda said: (
        f"{_short(said)} is {word} by {said.get('by') or 'somebody'}{_because(said.get('reason'))}"
    )


def _caps(said: Payload) -> str:
    caps = ", ".join(f"{cap} {name}" for name, cap in said["budget"].items() if cap is not None)
    return f"the budget is {caps or 'open'} now"


_LINES: Mapping[str, Callable[[Payload], str]] = {
    "run.requested": _requested,
    "epoch": lambda said: f"{said['owner']} took the run over for the {said['n']}. time",
    "run.started": lambda said: f"started with {_short(said, 'original')}, seed {said['seed']}",
    "candidate.proposed": lambda said: f"{_short(said)} is a candidate",
    "mutation.made": _mutated,
    "call.answered": _answered,
    "shards.dispatched": _dispatched,
    "candidate.scored": _scored,
    "candidate.accepted": _decided("accepted"),
    "candidate.rejected": _decided("rejected"),
    "budget.settled": lambda said: (
        f"paid for: {_cost(said['spend'])}; in all {_cost(said['total'])}"
    ),
    "budget.exhausted": lambda said: f"the budget's {said['limit']} are used up",
    "budget.topped_up": _caps,
    "candidate.pinned": _steered("pinned"),
    "candidate.unpinned": _steered("unpinned"),
    "candidate.vetoed": _steered("vetoed"),
    "candidate.unvetoed": _steered("allowed again"),
    "run.paused": lambda said: f"paused by {said['cause']}{_because(said.get('reason'))}",
    "run.resumed": lambda said: f"resumed{_because(said.get('reason'))}",
    "exam.graded": _graded,
    "run.completed": _completed,
    "run.failed": lambda said: f"failed ({said['code']}): {said['message']}",
    "run.cancelled": lambda said: (
        f"cancelled by {said.get('by') or 'somebody'}{_because(said.get('reason'))}"
    ),
}
