"""Layers from rows: sorted, without zeros; and rows of copies above them."""

import numpy as np
import pytest

from logwidth.network import AffineLayer


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_are_sorted_rounded_and_hold_no_zeros(dtype):
    layer = AffineLayer.from_rows(4, [{3: 0.1, 0: -2.0}, {}, {1: 0.0, 2: 1e-60, 0: 7.0}], [0.0, 0.5, -1.0], dtype)
    assert layer.indptr.tolist() == [0, 2, 2, 3 if dtype == "float32" else 4]
    assert layer.indices.tolist() == ([0, 3, 0] if dtype == "float32" else [0, 3, 0, 2])
    assert layer.row(0) == {0: -2.0, 3: float(np.dtype(dtype).type(0.1))}
    assert layer.bias.tolist() == [0.0, 0.5, -1.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_copies_come_first(dtype):
    rows, bias = [{4: -1.0, 0: 0.1}, {}], [0.25, -3.0]
    whole = AffineLayer.from_rows(5, [{j: 1.0} for j in range(3)] + rows, [0.0] * 3 + bias, dtype)
    built = AffineLayer.from_rows(5, rows, bias, dtype, copied=3)
    for name in ("indptr", "indices", "weights", "bias"):
        assert getattr(built, name).dtype == getattr(whole, name).dtype
        assert np.array_equal(getattr(built, name), getattr(whole, name)), name
