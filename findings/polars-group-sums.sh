#!/usr/bin/env bash
# polars 2.1.0: the sum of a group is half of the sum, unless its rows stand together.
#
# `df["x"].sum()` of 33,554,432 float32 ones is 33,554,432. A good engineer expects `group_by("g").agg(pl.col("x").sum())`,
# with all rows in one group, to give the same to rounding, and the order of rows not to matter.
# Seen: by groups it is 16,777,216, where one more 1 is lost to rounding: the sum of a group is accumulated in the type of
# the column, number by number. (With several threads each adds up a part, and the loss depends on their number; this
# script sets POLARS_MAX_THREADS=1.) In float16, 100,000 times 0.1 is 256 by groups, 10,000 otherwise. The mean in the same
# `agg` is right, so n times the mean is not the sum. With the group column sorted, or by `over`, the sums are right. The
# lazy engine with streaming does as group_by. numpy, with sums in pairs, has 33,554,432 too. No warning.
# For users: weights, losses and counts per class. logwidth takes columns as they are, and sums nothing by group.
# Fails if the group's sum is that of the column.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet polars==2.1.0 numpy==2.4.6
cd "$folder"
POLARS_MAX_THREADS=1 "$folder/venv/bin/python" - <<'CODE'
import numpy as np
import polars as pl

assert pl.thread_pool_size() == 1
for count, number, kind, lost in ((2**25, 1.0, np.float32, 2**24), (100_000, 0.1, np.float16, 256)):
    frame = pl.DataFrame({"g": np.zeros(count, np.int8), "x": np.full(count, number, kind)})
    both = [pl.col("x").sum(), pl.col("x").mean().alias("mean")]
    ordered = frame.with_columns(pl.col("g").set_sorted())
    seen = {
        "column": frame["x"].sum(),
        "over": frame.select(pl.col("x").sum().over("g"))["x"][0],
        "group, sorted": ordered.group_by("g").agg(both)["x"][0],
        "group": frame.group_by("g").agg(both)["x"][0],
        "group, streaming": frame.lazy().group_by("g").agg(both).collect(engine="streaming")["x"][0],
    }
    mean = frame.group_by("g").agg(both)["mean"][0]
    print(f"{count} times {number} in {np.dtype(kind).name}: {seen}, mean {mean}")
    assert abs(mean - number) < 1e-3
    for name, total in seen.items():
        right = abs(total - count * number) < 1e-3 * count
        assert right != (name in ("group", "group, streaming")), name
        assert right or total == lost, (name, total)
CODE
