#!/usr/bin/env bash
# mpmath 1.4.1 (1.3.0 alike): an interval whose lower end is above its upper one.
#
# `mpmath.iv` is interval arithmetic: a result contains the exact value for every number of the argument. A good engineer
# expects that of iv.loggamma, one of its functions, at least where log of gamma is plain: between 0 and 1.
# Seen: between 0 and 0.1 the enclosures of 297 of 300 values do not contain them, and are inside out: the lower end lies
# above the upper one, by a unit in the last place. The function falls there, and its ends are rounded as those of a rising
# one. Wide arguments have upper ends below the largest value. The same with 100 bits, and for 44 % between 0.1 and 1.
# iv.log(iv.gamma(x)), of the same module, contains the value every time.
# For users: tail bounds of gamma, beta and binomial distributions as in certified smoothing, to which such intervals lend
# the name of a proof. logwidth's bounds come from integers, and floats with directed errors.
# Fails if the enclosures hold.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet mpmath==1.4.1
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import random

from mpmath import iv, mp


def ends(interval):
    return tuple(mp.make_mpf(end) for end in interval._mpi_)


def seen(function, bits):
    random.seed(0)
    missed = swapped = 0
    for _ in range(300):
        x = random.uniform(1e-6, 0.1)
        iv.prec = bits
        low, high = ends(function(iv.mpf(x)))
        mp.prec = 400
        missed += not low <= mp.loggamma(mp.mpf(x)) <= high
        swapped += low > high
    return missed, swapped


for bits in (53, 100):
    direct = seen(iv.loggamma, bits)
    two_steps = seen(lambda x: iv.log(iv.gamma(x)), bits)
    print(f"{bits} bits: loggamma misses {direct[0]} of 300 values, {direct[1]} inside out; log(gamma) misses {two_steps[0]}")
    assert direct == (297, 297), "other enclosures hold now"
    assert two_steps == (0, 0)
iv.prec = 53
low, high = ends(iv.loggamma(iv.mpf([0.001, 0.002])))
print("on [0.001, 0.002]:", mp.nstr(low, 20), mp.nstr(high, 20), "and the largest value is", mp.nstr(mp.loggamma(mp.mpf(0.001)), 20))
assert high < mp.loggamma(mp.mpf(0.001)), "the upper end holds now"
CODE
