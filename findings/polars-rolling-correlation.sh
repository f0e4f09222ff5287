#!/usr/bin/env bash
# polars 2.1.0: a rolling correlation of 1,141, where 0.99 is right.
#
# `pl.rolling_corr("a", "b", window_size=20)` is "the rolling correlation between two columns". A good engineer expects a
# number between -1 and 1, and the one that `pl.corr` gives for the same twenty rows.
# Seen: for two random walks that run together around 10 million, the largest value is 1.07; around 100 million, 86 % of
# the values are off by more than 0.1, and they run from -5 to 6; around 1.7e9, Unix times in seconds, from -1,254 to
# 1,141. `rolling_cov` of two columns 1e9, 1e9 + 1, ... is 0 instead of 1. If only one of the columns is far from 0,
# nothing shows. pl.corr is right for each window, so is pandas' rolling correlation to 12 digits, and so is polars' own
# rolling_var. The mean of products less the product of means is taken, in float64. No warning, no NaN.
# For users: clocks, prices in small units, counters and coordinates: features that must not be above 1 are, and are
# taken. Subtract a constant first. logwidth computes with differences of rows in exact integers, or with directed errors.
# Fails if all values are in [-1, 1], or pandas' are not right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet polars==2.1.0 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import pandas as pd
import polars as pl

rng = np.random.default_rng(0)
seen = {}
for start in (1e4, 1e7, 1e8, 1.7e9):
    a = start + rng.normal(size=1000).cumsum()
    b = a + rng.normal(size=1000) * 0.1
    table = pl.DataFrame({"a": a, "b": b})
    found = table.select(pl.rolling_corr("a", "b", window_size=20)).to_series().to_numpy()[19:]
    other = pd.Series(a).rolling(20).corr(pd.Series(b)).to_numpy()[19:]
    each = np.array([table[i : i + 20].select(pl.corr("a", "b")).item() for i in range(981)])
    true = np.array([np.corrcoef(a[i : i + 20] - start, b[i : i + 20] - start)[0, 1] for i in range(981)])
    off = np.abs(found - true) > 0.1
    print(f"around {start:.4g}: polars rolling {found.min():.3f} to {found.max():.3f}, off by more than 0.1: {off.mean():.0%};", end=" ")
    print(f"by window {each.min():.3f} to {each.max():.3f}, pandas {other.min():.3f} to {other.max():.3f}, true {true.min():.3f}")
    assert np.allclose(each, true, atol=1e-6) and np.allclose(other, true, atol=1e-6) and not np.isnan(found).any()
    seen[start] = float(np.abs(found).max()), float(off.mean())
assert seen[1e4][1] == 0 and seen[1e7][0] > 1.05 and seen[1e8][0] > 2 and seen[1e8][1] > 0.5 and seen[1.7e9][0] > 100
both = pl.DataFrame({"a": np.arange(5) + 1e9, "b": np.arange(5) + 1e9})
pair = both.select(pl.rolling_cov("a", "b", window_size=3)).to_series().to_list()[2:], both["a"].rolling_var(3).to_list()[2:]
print("rolling_cov of a column with itself:", pair[0], "rolling_var:", pair[1])
assert pair == ([0, 0, 0], [1, 1, 1]), "the covariance is right now"
CODE
