#!/usr/bin/env bash
# pingouin 0.7.0: with unsigned integers the effect sizes of a Wilcoxon test point the other way.
#
# `pingouin.wilcoxon(x, y)` returns a p-value and two effect sizes: the rank-biserial correlation RBC, -1 if each x is
# below its y, and CLES, the probability that an x is above a y. A good engineer expects one sign for one data set.
# Seen: for 40 pairs y and y // 2, none of which grows, RBC is -1 and CLES 0.26 as int64 and as float. As uint8, uint16
# or uint64 RBC is +1 and CLES 0.99: x is larger nearly always. The p-value, SciPy's, is the same for all.
# `pingouin.mwu` has RBC right and CLES at 0.99. The differences wrap around. No warning.
# For users: counts, scores and pixels: a treatment that halves every count is reported to raise it, with p = 5e-8.
# logwidth's differences are exact.
# Fails if unsigned integers have the effect sizes of floats.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pingouin==0.7.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import pingouin

before = np.random.default_rng(0).integers(0, 100, 40)
after = before // 2
for kind in (np.float64, np.int64, np.uint8, np.uint16, np.uint64):
    paired = pingouin.wilcoxon(after.astype(kind), before.astype(kind)).iloc[0]
    free = pingouin.mwu(after.astype(kind), before.astype(kind)).iloc[0]
    print(f"{kind.__name__}: p {paired['p_val']:.3g}, RBC {paired['RBC']}, CLES {paired['CLES']:.4f}; mwu RBC {free['RBC']}, CLES {free['CLES']:.4f}")
    assert paired["p_val"] < 1e-6 and -0.6 < free["RBC"] < -0.4
    if issubclass(kind, np.unsignedinteger):
        assert paired["RBC"] == 1 and min(paired["CLES"], free["CLES"]) > 0.9, "the effects are right now"
    else:
        assert paired["RBC"] == -1 and max(paired["CLES"], free["CLES"]) < 0.3
CODE
