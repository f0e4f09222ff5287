#!/usr/bin/env bash
# chdb 4.4.0 (ClickHouse 26.9): a t-test finds no difference where there is one, and a kurtosis is -1.4e14.
#
# `studentTTest(x, group)` and `welchTTest` compare the means of two groups; `kurtPop` is at least 1 for any data.
# Adding one number to all values changes none of them. A good engineer expects that to a few digits for numbers around
# 1e9.
# Seen: of two groups of 100 whose p-value is 8e-6 it is 0.26 with 1e9 added, and 0.57 with 1.7e9, the size of Unix
# times in seconds; so by welchTTest and by `analysisOfVariance`. `studentTTestOneSample` has nan, and 0.79 in the place
# of 5e-5. kurtPop of 1e9, 1e9 + 1, ... is -1.4e14, where 1.8 is right. SciPy 1.17.1 is right for all. The sums of
# squares are taken less the square of the sum, as in varPop and corr; those two have stable namesakes, varPopStable and
# corrStable, these tests have none. No NaN, no warning.
# For users: times, prices in small units, coordinates: an experiment is called off. Subtract a constant first. logwidth
# tests nothing so.
# Fails if the tests have SciPy's p-values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet chdb==4.4.0 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import chdb
import numpy as np
from scipy import stats

i = np.arange(200)
group, base = i % 2, (7 * i) % 11 + 2.0 * (i % 2)
seen = {}
for start in (0, 1_000_000_000, 1_700_000_000):
    query = f"""select studentTTest(x, g).2, welchTTest(x, g).2, studentTTestOneSample(x, {start + 5}).2,
        analysisOfVariance(x, toUInt64(g)).2, kurtPop(x), kurtPop({start} + i)
        from (select number as i, toUInt8(i % 2) as g, {start}. + (7 * i) % 11 + 2 * g as x from numbers(200))"""
    found = [float(value) for value in str(chdb.query(query, "TabSeparated")).split()]
    x = base + start
    first, second = x[group == 0], x[group == 1]
    true = [
        stats.ttest_ind(first, second).pvalue,
        stats.ttest_ind(first, second, equal_var=False).pvalue,
        stats.ttest_1samp(x, start + 5).pvalue,
        stats.f_oneway(first, second).pvalue,
        stats.kurtosis(x, fisher=False),
        stats.kurtosis(start + i, fisher=False),
    ]
    print(start, "found:", [f"{value:.4g}" for value in found], "SciPy:", [f"{value:.4g}" for value in true])
    seen[start] = found, true
assert np.allclose(*seen[0], rtol=1e-6)
for start in (1_000_000_000, 1_700_000_000):
    found, true = seen[start]
    assert np.allclose(true, seen[0][1], rtol=1e-3), "SciPy is not right"
    assert min(found[0], found[1], found[3]) > 0.05 > 1e-4 > true[0], "the tests are right now"
    assert not np.isclose(found[2], true[2], rtol=0.5) and found[5] < -1e6
CODE
