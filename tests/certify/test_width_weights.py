"""Weights that sum to a little more or less than 1 are divided by the sum of those that are used."""

from fractions import Fraction

import numpy as np
import pytest

from logwidth.certify import prove_width_bound, read_lower_bound
from logwidth.certify.sealed import AlteredCertificateError, seal
from logwidth.dataset import Dataset
from logwidth.errors import InputError


@pytest.mark.parametrize("weight", [1.0, 1.0 + 9e-10, 1.0 - 9e-10])
def test_one_heavy_pair_never_excludes_less_than_its_distance(weight: float) -> None:
    """A single pair proves exactly its own distance; the off-diagonal matrix sends it through the float bound."""
    data = Dataset([[0.1, 0.2, 0.3], [1.7, -0.4, 0.9]], [0, 1])
    found = prove_width_bound(data, 2, [[0, 1]], [weight])
    squares = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(*data.points.tolist(), strict=True))
    assert (2 * Fraction(found.radius_excluded)) ** 2 >= squares
    assert (2 * Fraction(found.radius_excluded)) ** 2 <= squares * (1 + Fraction(1, 10**9))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "logwidth line certificate 1", "digest": "x"}', "1e999"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises((InputError, AlteredCertificateError)):
        read_lower_bound(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(number: str) -> None:
    text = seal({"format": "logwidth line certificate 1", "radius": 0.25}).replace("0.25", number)
    with pytest.raises((InputError, AlteredCertificateError)):
        read_lower_bound(text)


def test_the_bound_scales_with_the_data() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(6, 3))
    small, large = (prove_width_bound(Dataset(points * s, [0, 1] * 3), 1, [[0, 1], [2, 3]], [0.5, 0.5]) for s in (1.0, 8.0))
    assert large.radius_excluded == 8.0 * small.radius_excluded
