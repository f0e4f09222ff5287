#!/usr/bin/env bash
# jax 0.10.2: the probability of at most 2,000,000 events, where 2,000,000 are expected, is -1.64.
#
# `jax.scipy.stats.poisson.cdf` is the cumulative distribution, "JAX implementation of scipy.stats.poisson cdf", and
# `jax.scipy.special.gammainc` the regularized incomplete gamma function behind it. A good engineer expects a number
# between 0 and 1, here 0.5002, to the six digits of float32 or a few fewer.
# Seen, in JAX's default float32: at 30,000 expected events the value is 0.525, at 200,000 it is 0.467. At 1,000,000 the
# probability is -0.37, at 2,000,000 it is -1.64, at 10,000,000 it is -3e10. gammainc(a, a), which tends to 1/2 from
# above, is 0.05 at 2e6, 1.67 at 5e6 and 3522 at 1e7; so are the distribution functions of gamma and chi-squared. betainc,
# behind the beta distribution, is 0.58 at 1e5, and -1.3 at 2e6, where it is 1/2 by symmetry. No warning, no NaN. With
# jax_enable_x64 the Poisson probabilities are right to seven digits, and betainc at 2e6 to four.
# For users: tests and confidence bounds from large counts, as of smoothing with many samples. logwidth's counts are
# integers, and its bounds are none of probabilities.
# Fails if these are probabilities in float32, or not right in float64.
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

numbers = (1e6, 2e6, 1e7)
true = [float(scipy.stats.poisson.cdf(n, n)) for n in numbers]


def three(kind):
    found = [float(jax.scipy.stats.poisson.cdf(kind(n), kind(n))) for n in numbers]
    halves = [float(jax.scipy.special.gammainc(kind(n), kind(n))) for n in (2e6, 5e6, 1e7)]
    middle = [float(jax.scipy.special.betainc(kind(n), kind(n), kind(0.5))) for n in (1e5, 2e6)]
    print(f"{kind.__name__}: poisson.cdf(n, n) {found} instead of {true}, gammainc(a, a) {halves}, betainc(a, a, 1/2) {middle}")
    return found, halves, middle


found, halves, middle = three(np.float32)
thirty = float(jax.scipy.stats.poisson.cdf(np.float32(3e4), np.float32(3e4)))
more = float(jax.scipy.stats.poisson.cdf(np.float32(2e5), np.float32(2e5)))
assert abs(thirty - 0.5015355) > 0.02 and abs(more - 0.5005947) > 0.02, (thirty, more)
assert all(value < -0.1 for value in found), "the probabilities are none below 0 now"
assert halves[0] < 0.1 and halves[1] > 1.1 and halves[2] > 100 and middle[0] > 0.55 and middle[1] < -1
jax.config.update("jax_enable_x64", True)
found, halves, middle = three(np.float64)
assert np.allclose(found, true, atol=1e-7) and np.allclose(halves, 0.5, atol=1e-3) and np.allclose(middle, 0.5, atol=1e-4)
CODE
