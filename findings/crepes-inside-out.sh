#!/usr/bin/env bash
# crepes 0.9.1: conformal intervals whose lower ends lie above the upper ones cover nothing, at confidence 0.9.
#
# `WrapRegressor(model)` calibrates intervals that cover at least a share `confidence` of new values, whatever the
# model. A good engineer expects that share, up to chance, of pixels as bytes, too: model and targets are both uint8.
# Seen: for 500 pixels the share is 0, and each interval is inside out, such as [120, 110]; for the same numbers as
# int64 or float it is 0.9. The residuals of bytes wrap around and stay unsigned, and so does the sign of their
# quantile. MAPIE 1.6.0 has intervals 14 times as wide for the same. No warning.
# For users: networks for pictures return bytes. A guarantee that holds for every model does not hold here. logwidth
# proves its radii in exact arithmetic.
# Fails if the intervals of bytes cover, or are in order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet crepes==0.9.1 mapie==1.6.0 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
from crepes import WrapRegressor
from mapie.regression import SplitConformalRegressor
from sklearn.base import BaseEstimator, RegressorMixin


class Denoise(RegressorMixin, BaseEstimator):
    """Returns its first feature, in the type of the targets."""

    def fit(self, x, y):
        self.kind_ = y.dtype
        return self

    def predict(self, x):
        return x[:, 0].astype(self.kind_)


rng = np.random.default_rng(0)
pixels = rng.integers(100, 156, 1000)
noisy = (pixels + rng.integers(-20, 21, 1000)).reshape(-1, 1)
shares, widths = {}, {}
for kind in (np.float64, np.int64, np.uint8):
    y = pixels.astype(kind)
    model = WrapRegressor(Denoise())
    model.fit(noisy, y)
    model.calibrate(noisy[:500], y[:500])
    low, high = model.predict_int(noisy[500:], confidence=0.9).T
    shares[kind] = ((low <= pixels[500:]) & (pixels[500:] <= high)).mean()
    other = SplitConformalRegressor(Denoise().fit(noisy, y), confidence_level=0.9, prefit=True).conformalize(noisy[:500], y[:500])
    ends = np.asarray(other.predict_interval(noisy[500:])[1], float).squeeze()
    widths[kind] = (ends[:, 1] - ends[:, 0]).mean()
    print(f"{kind.__name__}: covered {shares[kind]:.0%}, inside out {(low > high).mean():.0%}, first [{low[0]}, {high[0]}];", end=" ")
    print(f"MAPIE's width {widths[kind]:.1f}")
    assert (low > high).all() == (kind is np.uint8)
assert shares[np.int64] == shares[np.float64] > 0.85 and shares[np.uint8] == 0, "bytes are covered now"
assert widths[np.int64] == widths[np.float64] and widths[np.uint8] > 5 * widths[np.float64]
CODE
