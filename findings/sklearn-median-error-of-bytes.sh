#!/usr/bin/env bash
# scikit-learn 1.9.1: four predictions are off by 10, 20, 30 and 40, and the median of their errors is 231.
#
# `median_absolute_error` is "the median of all absolute differences between the target and the prediction". A good
# engineer expects 25 for the targets (100, 100, 100, 100) and the predictions (90, 80, 70, 60), also as bytes, the type
# of pixels, of ages and of ratings: `mean_absolute_error` gives 25 for these, and its neighbours do too.
# Seen: as uint8 it is 231. Differences are made in the type of the data, so one below 0 comes back from the other end:
# -10 is 246. It depends on who is larger: with targets and predictions exchanged it is 25. As uint16 it is 65511. As
# int64 or float64 it is 25. mean_absolute_error, max_error, mean_pinball_loss, d2_absolute_error_score and
# mean_squared_error are right for the same bytes. With sample_weight it is wrong, too. No warning.
# For users: models are chosen by it, and those that predict too much win. logwidth's `score` compares labels.
# Fails if the median is right, or one of the others wrong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
from sklearn import metrics

others = ("mean_absolute_error", "max_error", "mean_pinball_loss", "d2_absolute_error_score", "mean_squared_error")
true, guess = [100, 100, 100, 100], [90, 80, 70, 60]
seen = {}
for kind in (np.uint8, np.uint16, np.int64, np.float64):
    y, p = np.array(true, dtype=kind), np.array(guess, dtype=kind)
    weighted = metrics.median_absolute_error(y, p, sample_weight=np.ones(4))
    seen[kind] = metrics.median_absolute_error(y, p), metrics.median_absolute_error(p, y), weighted
    print(f"{kind.__name__}: median {seen[kind][0]}, exchanged {seen[kind][1]}, weighted {weighted}", end="; ")
    print(", ".join(f"{name} {getattr(metrics, name)(y, p):g}" for name in others))
    for name in others:
        assert getattr(metrics, name)(y, p) == getattr(metrics, name)(np.array(true, float), np.array(guess, float)), name
assert seen[np.int64] == seen[np.float64] == (25, 25, 25)
assert seen[np.uint8] == (231, 25, 231) and seen[np.uint16] == (65511, 25, 65511), "the median of bytes has changed"
CODE
