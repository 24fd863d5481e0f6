"""Names of compared runs, as people call them by now. Pure."""

from collections.abc import Mapping

from promptevolver_contracts.comparisons import ComparisonView, Side, SlicesView
from promptevolver_contracts.ids import RunId


def named[M: (ComparisonView, SlicesView)](view: M, names: Mapping[RunId, str]) -> M:
    """Give a kept comparison the names that its runs have now: a run may be renamed later."""

    def side(of: Side) -> Side:
        return of.model_copy(update={"name": names[of.run_id]})

    if isinstance(view, SlicesView):
        sides: dict[str, object] = {"candidate": side(view.candidate)}
    else:
        pairs = view.comparisons
        sides = {
            "comparisons": tuple(
                each.model_copy(update={"candidate": side(each.candidate)}) for each in pairs
            )
        }
    return view.model_copy(update={"baseline": side(view.baseline), **sides})
