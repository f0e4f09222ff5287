"""The register's proof needs `fl(s + r) − s ≤ 2r`: true of one rounding and of accumulators of 2p + 2 bits, not of all."""

from fractions import Fraction

import numpy as np
import pytest


def rounded(x: Fraction, bits: int) -> Fraction:
    """Round a positive number to `bits` significant bits, ties to even."""
    exponent = x.numerator.bit_length() - x.denominator.bit_length()
    step = Fraction(2) ** (exponent - bits)
    while x / step >= 2**bits:
        step *= 2
    return round(x / step) * step


def jump(s: Fraction, r: Fraction, precision: int, accumulator: int | None = None) -> Fraction:
    """Return `fl(s + r) − s`, the sum kept in `accumulator` bits before it is stored."""
    total = s + r if accumulator is None else rounded(s + r, accumulator)
    return rounded(total, precision) - s


def test_an_80_bit_sum_stored_in_binary64_jumps_by_more_than_twice_r():
    s, r = 1 + Fraction(1, 2**52), Fraction(1, 2**53) * (1 - Fraction(1, 2**11))
    assert jump(s, r, 53) <= 2 * r
    assert float(jump(s, r, 53, 64) / (2 * r)) == pytest.approx(1.00048852, abs=1e-8)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant != 63, reason="no 80-bit floats here")
def test_this_machine_does_the_same():
    s, r = np.float64(1 + 2.0**-52), np.float64(2.0**-53 * (1 - 2.0**-11))
    stored = np.float64(np.longdouble(s) + np.longdouble(r))
    assert Fraction(float(stored)) - Fraction(float(s)) > 2 * Fraction(float(r))


def _floats(precision: int):
    """All positive floats of a small format over a few binades."""
    return [Fraction(m) * Fraction(2) ** e for m in range(2 ** (precision - 1), 2**precision) for e in range(-9, 1)]


@pytest.mark.parametrize("precision", [3, 4])
def test_no_sum_of_two_floats_jumps_too_far_through_2p_plus_2_bits(precision):
    floats = _floats(precision)
    assert all(jump(s, r, precision, 2 * precision + 2) == jump(s, r, precision) <= 2 * r for s in floats for r in floats)


@pytest.mark.parametrize("precision", [3, 4])
def test_some_sum_does_through_one_bit_more_than_the_format(precision):
    floats = _floats(precision)
    assert any(jump(s, r, precision, precision + 1) > 2 * r for s in floats for r in floats)
