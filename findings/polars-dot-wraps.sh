#!/usr/bin/env bash
# polars 2.1.0: the inner product of a picture with itself is negative, in a type that could hold it.
#
# `Series.dot` is "the dot/inner product between two Series". Its result has type Int64 for all small integers, and sums of
# small integers "are cast to Int64 before summing to prevent overflow issues" (polars, `sum`). A good engineer expects 784
# * 200 * 200 = 31,360,000 for a picture of 784 pixels of 200.
# Seen: for UInt8 it is 50,176, for Int16 -20,020,224, both as Int64: each product wraps around in the type of the column,
# and only then is cast and added up. Int32 and wider are right. `Expr.dot` and the sum of `pow(2)` do the same. No
# warning.
# For users: norms and distances of pictures in bytes, or scaled sensor counts in Int16: neighbours are others. A squared
# norm of bytes that is positive looks right. logwidth turns features to float64 first.
# Fails if the products are those of integers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet polars==2.1.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import polars as pl

seen = {}
for kind in (pl.UInt8, pl.Int16, pl.UInt16, pl.Int32, pl.Int64):
    pixels = pl.Series("pixels", np.full(784, 200), dtype=kind)
    frame = pl.DataFrame([pixels])
    lazily = frame.select(pl.col("pixels").dot("pixels"))
    squares = frame.select(pl.col("pixels").pow(2).sum()).item()
    seen[str(kind)] = pixels.dot(pixels), lazily.item(), squares
    print(f"{kind}: dot {seen[str(kind)][0]}, type of the result {lazily.dtypes[0]}, sum of squares {squares}")
    assert lazily.dtypes[0] == pl.Int64 or kind not in (pl.UInt8, pl.Int16)
assert set(seen["UInt8"]) == {784 * (200 * 200 % 256)} == {50176}, "UInt8 does not wrap now"
assert set(seen["Int16"]) == {784 * (200 * 200 - 2**16)} == {-20020224}, "Int16 does not wrap now"
assert set(seen["Int32"]) == set(seen["Int64"]) == {784 * 200 * 200}

rng = np.random.default_rng(0)
pictures = rng.integers(0, 256, size=(20, 64)).astype(np.uint8)
query = pl.Series(pictures[0])
given = int(np.argmax([query.dot(pl.Series(picture)) for picture in pictures[1:]]))
right = int(np.argmax(pictures[1:].astype(int) @ pictures[0].astype(int)))
print("the picture with the largest inner product: by polars", given, "right", right)
assert given != right
CODE
