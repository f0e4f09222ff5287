#!/usr/bin/env bash
# jax 0.10.2: the normal quantile for a tail of 1e-8 is infinite, and one for 3e-8 is 5.29 instead of 5.42.
#
# `norm.isf(q)` of jax.scipy.stats "returns the inverse of the survival function, norm.sf". An inverse survival function
# exists beside the quantile function for small tails, where 1 - q has lost q (SciPy's reason to have it). A good engineer
# expects isf(sf(x)) = x in a range like that of float32: 1e-8 is a common number there, 1e-38 the smallest.
# Seen: the tail is subtracted from 1 first, and that is all (jax/_src/scipy/stats/norm.py). In float32, the default, 1e-6
# has 4.7508 instead of 4.7534, and everything below 2.9e-8 is inf. sf itself is right at 6, and down to tails of 1e-23,
# so isf(sf(6)) is inf. The same values come from `-norm.ppf(q)` to six digits, down to 1e-30. In float64 the same happens
# at 1e-17. sf of cauchy and gumbel_r is of that kind, too: 0 at 1e8 and at 18; those of norm, logistic and expon are
# right.
# For users: thresholds and radii of smoothing, sigma * isf(alpha), become infinite for a small alpha: no bound at all, on
# the unsafe side. logwidth has no probability in its certificates.
# Fails if isf inverts sf there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet jax==0.10.2 jaxlib==0.10.2 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import jax
import numpy as np
import scipy

stats = jax.scipy.stats
tails = (1e-6, 3e-8, 1e-8, 1e-10, 1e-20, 1e-30)
found = np.array([float(stats.norm.isf(np.float32(q))) for q in tails])
other = np.array([float(-stats.norm.ppf(np.float32(q))) for q in tails])
true = scipy.stats.norm.isf(tails)
for q, a, b, c in zip(tails, found, other, true, strict=True):
    print(f"tail {q}: isf {a:.4f}, -ppf {b:.4f}, SciPy {c:.4f}")
assert np.allclose(other, true, rtol=1e-5)
assert abs(found[0] - true[0]) > 0.002 and abs(found[1] - true[1]) > 0.1 and np.isinf(found[2:]).all(), "isf has a tail now"
back = float(stats.norm.isf(stats.norm.sf(np.float32(6))))
print("isf(sf(6)):", back)
assert np.isinf(back) and np.isclose(float(stats.norm.sf(np.float32(6))), scipy.stats.norm.sf(6), rtol=1e-4)
rest = float(stats.cauchy.sf(np.float32(1e8))), float(stats.gumbel_r.sf(np.float32(18)))
print("sf of cauchy at 1e8 and of gumbel_r at 18:", rest, "SciPy:", scipy.stats.cauchy.sf(1e8), scipy.stats.gumbel_r.sf(18))
assert rest == (0, 0)
jax.config.update("jax_enable_x64", True)
assert np.isinf(float(stats.norm.isf(np.float64(1e-17)))) and np.isclose(float(-stats.norm.ppf(np.float64(1e-17))), 8.4937932)
CODE
