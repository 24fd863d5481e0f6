"""Words of texts, for the metrics that compare them."""

import re
import unicodedata
from collections import Counter

from promptevolver_evaluator.metrics.wording import quote


def words(text: str) -> list[str]:
    """Split into words, without case, punctuation and compatibility forms."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def differences(got: list[str], right: list[str]) -> str:
    """Name the words that are missing and those that nobody asked for, in order."""
    missing, extra = _beyond(right, got), _beyond(got, right)
    told = []
    if missing:
        told.append(f"missing words: {quote(' '.join(missing))}")
    if extra:
        told.append(f"words not in the expected text: {quote(' '.join(extra))}")
    return "; ".join(told) or "the words stand in another order"


def _beyond(these: list[str], those: list[str]) -> list[str]:
    left = Counter(those)
    beyond = []
    for word in these:
        if left[word]:
            left[word] -= 1
        else:
            beyond.append(word)
    return beyond
