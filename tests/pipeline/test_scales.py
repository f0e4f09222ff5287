"""Finite data of any scale are certified, or refused in one line that says what to try: nothing else happens."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import logwidth as lw
from logwidth.construct import CONSTRUCTIONS
from logwidth.errors import InputError

POINTS = np.array([[0.1, 2.0], [1.0, -0.3], [2.5, 1.0], [-1.0, 0.7], [0.4, -1.9], [3.0, 3.0]])
LABELS = [0, 1, 1, 0, 1, 0]
NAMES = [None, *CONSTRUCTIONS]


def scaled(powers: tuple[float, float], shift: float = 0.0) -> lw.Dataset:
    """Two features at scales of their own."""
    return lw.Dataset((POINTS + shift) * 10.0 ** np.array(powers), LABELS)


NAMED = r"feature [01].*--scale 1e.*--dtype float64"
POWERS = st.integers(-140, 140).map(float)


@settings(max_examples=25)
@given(POWERS, POWERS, st.sampled_from([0.0, 0.0, 1e3, 1e8]), st.sampled_from(NAMES), st.sampled_from([1, 2, 3, math.inf]),
       st.sampled_from(["float32", "float64"]))  # fmt: skip
@example(45.0, 45.0, 0.0, None, 2, "float32")
@example(-40.0, -40.0, 0.0, None, 2, "float32")
@example(-40.0, -40.0, 0.0, "list", 2, "float32")
@example(30.0, -30.0, 0.0, "register", 2, "float32")
@example(100.0, -100.0, 0.0, "cells", math.inf, "float64")
def test_nothing_but_a_certificate_or_one_line(
    first: float, second: float, shift: float, name: str | None, norm: float, dtype: str
) -> None:
    data, said = scaled((first, second), shift), ""
    try:
        run = lw.memorize(data, ratio=0.5, norm=norm, construction=name, dtype=dtype, pieces="all")
    except InputError as problem:
        said = str(problem)
    assert "nan" not in said.split()
    assert len(said) > 30 or 0 <= run.summary["certified"] <= 6


@pytest.mark.parametrize("power", [-130, -60, -38, 38, 60, 130])
@pytest.mark.parametrize("name", [None, "list", "cells"])
def test_what_float32_does_not_hold_is_named_with_its_feature_and_float64_certifies_it(power: int, name: str | None) -> None:
    data = scaled((power, power - 1))
    with pytest.raises(InputError, match=NAMED) as refused:
        lw.memorize(data, ratio=0.5, construction=name)
    scale = float(str(refused.value).split("--scale ")[1].split(")")[0])
    assert lw.memorize(data, ratio=0.5, construction=name, dtype="float64").certificate.holds
    assert lw.memorize(lw.Dataset(data.points / scale, LABELS), ratio=0.5, construction=name).certificate.holds


@pytest.mark.parametrize("call", [lambda data: lw.width_bracket(data, 0.5), lambda data: lw.ratio_bracket(data, 3)])
@pytest.mark.parametrize("power", [-45, 45])
def test_brackets_refuse_such_data_in_the_same_words(call: Callable[[lw.Dataset], object], power: int) -> None:
    with pytest.raises(InputError, match=NAMED):
        call(scaled((power, power - 1)))


@pytest.mark.parametrize("powers", [(45, 0), (0, 45)])
def test_a_single_feature_of_another_scale_is_named(powers: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"feature {int(powers[1] > 0)} reaches"):
        lw.memorize(scaled(powers), ratio=0.5)


def test_beyond_float64_only_a_scale_is_named() -> None:
    with pytest.raises(InputError, match="--scale 1e") as refused:
        lw.memorize(scaled((-145, -146)), ratio=0.5, dtype="float64")
    assert "--dtype" not in str(refused.value)
