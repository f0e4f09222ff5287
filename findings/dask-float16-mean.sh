#!/usr/bin/env bash
# dask 2026.8.0: the mean of 65,520 halves is 0.
#
# `mean`, `var` and `std` of dask arrays are NumPy's ("copied from numpy.mean"). NumPy takes means of float16 by way of
# float32, as its text says, and has 0.5 here at each length. A good engineer expects that of chunks, too, or better.
# Seen: how many numbers there are is stored in the type of the result, and float16 ends at 65504: from 65,520 numbers on
# the count is infinite. The mean of float16 is then 0, or NaN where the sum is above 65504, and the variance of uniform
# numbers is 0. Smaller chunks do not help, nor does one single chunk. The rows of a matrix, each shorter than that, have
# the right means; 65,519 numbers are right to float16's rounding. dtype="float32" helps. No warning.
# For users: activations and images kept in half precision; a mean or spread of 0 is plausible after centring, and what is
# divided by it is not. logwidth refuses a dtype that it does not certify, and takes no means in float16.
# Fails if dask has NumPy's values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet dask==2026.8.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import dask.array as da
import numpy as np

for size, right in ((65_519, True), (65_520, False), (100_000, False)):
    x = np.full(size, 0.5, dtype=np.float16)
    found = [float(da.from_array(x, chunks=chunks).mean().compute()) for chunks in (1000, size)]
    print(f"{size} times 0.5: dask {found}, NumPy {x.mean()}, dask in float32 {da.from_array(x, chunks=1000).mean(dtype='f4').compute()}")
    assert float(x.mean()) == 0.5 and float(da.from_array(x, chunks=1000).mean(dtype="f4").compute()) == 0.5
    assert all(abs(value - 0.5) < 0.01 if right else value == 0 for value in found), "the mean has changed"
uniform = np.random.default_rng(0).random(100_000).astype(np.float16)
spread = float(da.from_array(uniform, chunks=1000).var().compute())
hundred = np.full(100_000, 100, dtype=np.float16)
large = float(da.from_array(hundred, chunks=1000).mean().compute())
rows = da.from_array(uniform.reshape(100, 1000), chunks=(10, 100)).mean(axis=1).compute()
print("variance of 100,000 uniform numbers:", spread, "NumPy:", uniform.var(), "mean of 100,000 hundreds:", large, "NumPy:", hundred.mean())
assert spread == 0 and abs(float(uniform.var()) - 1 / 12) < 1e-3 and np.isnan(large) and float(hundred.mean()) == 100
assert np.abs(rows.astype(float) - uniform.reshape(100, 1000).astype(float).mean(axis=1)).max() < 1e-2
CODE
