#!/usr/bin/env bash
# ml_dtypes 0.6.0 with NumPy 2.4.6: sorting bfloat16 that has one NaN.
#
# ml_dtypes gives NumPy the types bfloat16 and float8, which are what `np.asarray` of a JAX array in these types has. NumPy
# sorts NaN last; max, argmax and median of numbers with a NaN are that NaN, or its place. A good engineer expects the same
# of these.
# Seen: max and argmax are as usual, but the sort is not: NaN stays inside, and what comes after it starts over, below what
# came before. With it go np.unique, which returns unsorted "sorted unique elements", searchsorted in a sorted array, and
# np.median: of 99 normal numbers and a NaN in the middle, it is 0.07 for bfloat16 and NaN for float16. lexsort and the
# stable sort, too. No warning. float8_e4m3fn and float8_e5m2 alike.
# For users: a median that is not NaN is no sign that there is none; thresholds and quantiles of activations. Convert to
# float32 first. logwidth refuses arrays of these types, and NaN by row and column.
# Fails if sorting agrees with that of float16.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet ml_dtypes==0.6.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import ml_dtypes
import numpy as np

seen = {}
for kind in (np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2):
    x = np.random.default_rng(0).normal(size=100).astype(kind)
    x[50] = np.nan
    assert np.isnan(float(x.max())) and x.argmax() == 50
    orders = {name: np.sort(x, kind=name).astype(float) for name in ("quicksort", "stable", "heapsort")}
    orders["lexsort"] = x[np.lexsort((x,))].astype(float)
    unique = np.unique(x).astype(float)
    falls = {name: int((np.diff(values[~np.isnan(values)]) < 0).sum()) for name, values in orders.items()}
    last = all(np.isnan(values[-1]) for values in orders.values())
    rising = bool((np.diff(unique[~np.isnan(unique)]) > 0).all())
    print(f"{np.dtype(kind).name}: NaN last {last}, places where the order falls {falls}, unique is sorted {rising}, median {np.median(x)}")
    seen[kind] = last, max(falls.values()) == 0, rising, bool(np.isnan(float(np.median(x))))
assert seen.pop(np.float16) == (True, True, True, True)
for kind, state in seen.items():
    assert state == (False, False, False, False), f"{np.dtype(kind).name} is sorted now"
x = np.array([3, np.nan, 1, 2], dtype=ml_dtypes.bfloat16)
print("sorted:", np.sort(x).tolist(), "and from the other end:", np.sort(x[::-1]).tolist())
assert str(np.sort(x).tolist()) == "[3.0, nan, 1.0, 2.0]" and str(np.sort(x[::-1]).tolist()) == "[1.0, 2.0, nan, 3.0]"
CODE
