#!/usr/bin/env bash
# dcor 0.7: distance correlations of integer columns are 4.47, or 0.
#
# A distance correlation lies between 0 and 1; `dcor.distance_correlation(x, y)` takes arrays of any real type, with
# three methods of the same value. A good engineer expects of integers what floats of the same values give.
# Seen: for 500 numbers below 256 as int32, "mergesort" gives 4.47 and "avl" and "naive" 0.78; for independent columns,
# 3.4 in the place of 0.06. For int64 the same happens later, and the other way: of a column of times in nanoseconds
# over an hour and of the same delayed by up to a second, it is 0 with the default method, as of independent ones. As
# floats it is above 0.999. Products of sums over rows wrap around, and a negative variance counts as 0.
# `dcor.energy_distance` of bytes is 1.12 where 8.14 is right. No warning.
# For users: features are dropped as irrelevant, or ranked first. Convert to float. logwidth's integers are Python's.
# Fails if integers have the values of floats.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet dcor==0.7 numba==0.68.1 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import dcor
import numpy as np

rng = np.random.default_rng(0)
x = rng.integers(0, 256, 500)
near, apart = x // 2 + rng.integers(0, 100, 500), rng.integers(0, 256, 500)
for name, y, below in (("dependent", near, 0.9), ("independent", apart, 0.2)):
    seen = {}
    for kind in (np.int32, np.float64):
        for method in ("naive", "avl", "mergesort"):
            seen[kind, method] = float(dcor.distance_correlation(x.astype(kind), y.astype(kind), method=method))
    print(name, {f"{kind.__name__} {method}": round(value, 4) for (kind, method), value in seen.items()})
    right = seen[np.float64, "naive"]
    assert right < below and seen.pop((np.int32, "mergesort")) > 1, "int32 is right now"
    assert np.allclose(list(seen.values()), right)
hour = np.sort(rng.integers(0, 3600 * 10**9, 300))
start = 1_780_000_000 * 10**9
delayed = hour + rng.integers(0, 10**9, 300)
integers = float(dcor.distance_correlation(start + hour, start + delayed))
floats = float(dcor.distance_correlation(hour * 1.0, delayed * 1.0))
print(f"nanoseconds: {integers:.4f} as int64, {floats:.4f} as float64")
assert integers == 0 and floats > 0.999, "int64 is right now"
a, b = rng.integers(0, 256, (2, 50, 3))
energy = float(dcor.energy_distance(a.astype(np.uint8), b.astype(np.uint8))), float(dcor.energy_distance(a * 1.0, b * 1.0))
print(f"energy distance: {energy[0]:.2f} of bytes, {energy[1]:.2f} of floats")
assert not np.isclose(*energy, rtol=0.2), "bytes are right now"
CODE
