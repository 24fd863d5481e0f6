import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.base import canonical, digest
from promptevolver_contracts.spending import Spend
from support.arbitrary import json_values

objects = st.dictionaries(st.text(max_size=4), json_values, max_size=5)


@given(objects)
def test_the_order_of_keys_means_nothing(value: dict[str, Any]) -> None:
    backwards = dict(reversed(value.items()))
    assert canonical(backwards) == canonical(value)


@given(objects, objects)
def test_other_values_have_other_digests(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (digest(one) == digest(other)) == (canonical(one) == canonical(other))


def test_the_canonical_form_is_utf8_without_blanks() -> None:
    assert canonical({"b": [1, None], "a": "ü"}) == '{"a":"ü","b":[1,null]}'.encode()


def test_a_default_that_is_spelt_out_changes_nothing() -> None:
    assert digest(Spend()) == digest(Spend(calls=0, usd=0.0))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(value)
