#!/usr/bin/env bash
# dask 2026.8.0: the norm of a black picture with one pixel of 16 is 0.
#
# `da.linalg.norm` is NumPy's ("copied from numpy.linalg.norm"), which turns integers into floats first. A good engineer
# expects the same number for bytes: sums of dask arrays are made in 64 bits, as NumPy's.
# Seen: numbers are squared in the type of the array. As uint8, 16 squared is 0, so a picture of pixels that are all
# multiples of 16 has norm 0; the norm of (100, 100) is 5.66 instead of 141.42. ord=3 likewise; with ord=1 the sum is
# right for uint8. As int8, which holds quantized weights, (-128, 0) has norm -128 with ord=1, and 0 by default. int16
# wraps from 182 on. No warning.
# For users: pictures and quantized vectors that are scaled to norm 1, or compared by norm. Convert first. logwidth's
# distances of integers are exact.
# Fails if the norms are NumPy's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet dask==2026.8.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import dask.array as da
import numpy as np


def norms(values, kind, order=None):
    x = np.array(values, dtype=kind)
    return float(da.linalg.norm(da.from_array(x, chunks=2), ord=order).compute()), float(np.linalg.norm(x, ord=order))


cases = {
    "one pixel of 16": norms([0, 0, 16, 0], np.uint8),
    "multiples of 16": norms([16, 240, 128, 64], np.uint8),
    "(100, 100)": norms([100, 100], np.uint8),
    "(100, 100), ord=3": norms([100, 100], np.uint8, 3),
    "(100, 100), ord=1": norms([100, 100], np.uint8, 1),
    "int8 (-128, 0), ord=1": norms([-128, 0], np.int8, 1),
    "int8 (-128, 0)": norms([-128, 0], np.int8),
    "int16 (181, 0)": norms([181, 0], np.int16),
    "int16 (300, 300)": norms([300, 300], np.int16),
}
for name, (found, true) in cases.items():
    print(f"{name}: dask {found:.2f}, NumPy {true:.2f}")
assert cases["(100, 100), ord=1"] == (200, 200) and cases["int16 (181, 0)"] == (181, 181)
assert cases["one pixel of 16"] == (0, 16) and cases["multiples of 16"][0] == 0, "bytes have NumPy's norm now"
assert cases["(100, 100)"][0] < 6 < 141 < cases["(100, 100)"][1] and cases["(100, 100), ord=3"][0] < 6
assert cases["int8 (-128, 0), ord=1"] == (-128, 128) and cases["int8 (-128, 0)"] == (0, 128)
assert np.isclose(cases["int16 (300, 300)"][0], 221.2, atol=0.1)
CODE
