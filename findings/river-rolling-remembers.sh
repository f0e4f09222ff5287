#!/usr/bin/env bash
# river 0.26.1: the mean of the last three numbers is larger than each of them, for ever after one outlier.
#
# `utils.Rolling(stats.Mean, window_size=3)` is the mean of the last 3 values: "A generic wrapper for performing rolling
# computations" (its docstring). What has left the window is gone, a good engineer expects; rounding is that of the numbers inside.
# Seen: after one value of 1e17 and then 1, 2, 3, 1, 2, 3, ... the mean is 3.667 where 2 is right, the sum 3 instead of 6 and the
# variance 0.333 instead of 1, after 12 values and after 300,000 alike; after 1e8 the variance is 0.75. A value leaves by
# arithmetic, and what was rounded away when it came in stays away. polars 2.1.0 and pandas 3.1.1 give 2 and 1. No warning.
# For users: one broken reading of a sensor, once, and a scaler on top of it is off until it is started anew.
# logwidth keeps no running sums: bounds come from the data at hand.
# Fails if the window forgets.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet river==0.26.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import pandas
import polars
from river import stats, utils


def rolling(statistic, stream):
    window = utils.Rolling(statistic, window_size=3)
    for value in stream:
        window.update(value)
    return window.get()


for outlier in (1e8, 1e17):
    for turns in (4, 100_000):
        stream = [outlier] + [1.0, 2.0, 3.0] * turns
        mean, variance = rolling(stats.Mean, stream), rolling(stats.Var, stream)
        print(f"after {outlier:g} and {3 * turns} values: mean {mean:.6f}, variance {variance:.6f}; right 2 and 1")
        assert rolling(stats.Sum, stream) == (6 if outlier == 1e8 else 3), "the sum is another one now"
        assert abs(variance - (0.75 if outlier == 1e8 else 1 / 3)) < 1e-6, "the variance is another one now"
        assert abs(mean - (2 if outlier == 1e8 else 11 / 3)) < 1e-6, "the mean is another one now"
    for series in (polars.Series(stream), pandas.Series(stream)):
        three = (series.rolling_mean(3), series.rolling_var(3)) if isinstance(series, polars.Series) else (
            series.rolling(3).mean(), series.rolling(3).var())
        last = [column.to_list()[-1] for column in three]
        print(f"    {type(series).__module__.split('.')[0]}: {last}")
        assert last == [2, 1]
CODE
