#!/usr/bin/env bash
# POT 0.9.7.post1: the Wasserstein distance of two samples of integers is 0.
#
# `ot.wasserstein_1d(x, y)` is the cost of optimal transport between two samples on a line, with equal weights by
# default. A good engineer expects of whole numbers what floats of the same values give.
# Seen: for 0, 1, 2 and 3, 4, 250, all int64, the distance is 0; as floats it is 84.67. `ot.sliced_wasserstein_distance`
# and `ot.max_sliced_wasserstein_distance` of two clouds of integers are 0, though their points lie hundreds apart. So
# for int32, uint8 and for pictures; `ot.emd2_1d` of the same integers is right. The uniform weights 1 /
# n are made in the type of the samples, where they are 0. With one sample each the weight is 1 and all is right. No
# warning.
# For users: counts, ages, pixels: a drift detector never fires, a two-sample test finds any two samples equal.
# logwidth's distances of integers are exact.
# Fails if the integers have the distance of the floats.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet POT==0.9.7.post1 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W error - <<'CODE'
import numpy as np
import ot
from scipy.stats import wasserstein_distance

first, second = [0, 1, 2], [3, 4, 250]
true = wasserstein_distance(first, second)
rng = np.random.default_rng(0)
clouds = rng.integers(0, 50, (100, 3)), rng.integers(150, 200, (100, 3))
for kind in (np.float64, np.float32, np.int64, np.int32, np.uint8):
    x, y = np.array(first, kind), np.array(second, kind)
    line = float(ot.wasserstein_1d(x, y))
    other = ot.emd2_1d(x, y, metric="minkowski", p=1)
    a, b = (cloud.astype(kind) for cloud in clouds)
    sliced = float(ot.sliced_wasserstein_distance(a, b, seed=0)), float(ot.max_sliced_wasserstein_distance(a, b, seed=0))
    print(f"{kind.__name__}: wasserstein_1d {line:.2f}, emd2_1d {other:.2f}, scipy {true:.2f}, sliced {sliced[0]:.2f}, {sliced[1]:.2f}")
    assert np.isclose(other, true)
    if issubclass(kind, np.floating):
        assert np.isclose(line, true) and min(sliced) > 100
    else:
        assert line == 0 and sliced == (0, 0), f"{kind.__name__} is right now"
assert ot.wasserstein_1d(np.array([0]), np.array([5])) == 5
CODE
