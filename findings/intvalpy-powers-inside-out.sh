#!/usr/bin/env bash
# intvalpy 2.0.3: odd powers of negative numbers, in "classical" interval arithmetic with float64 ends.
#
# Its guide says that "classical arithmetic considers only 'correct' intervals", those whose lower end is not above the
# upper one, and its sums and products are rounded outward. With `precision.extendedPrecisionQ = False`, as in the examples
# of its README, ends are float64. A good engineer expects X ** 3 to be such an interval, and to contain x * x * x.
# Seen: odd powers are rounded inward at negative ends. Of 1,000 numbers in [-2, -1], taken as intervals of one point, not
# one cube lies in its interval, and 981 of the intervals have their lower end above the upper one. Even X ** 1 does not
# contain X. The products X * X * X contain all cubes. Even powers, and powers of positive numbers, miss up to 20 of 1,000.
# Nothing is said.
# For users: an enclosure of a polynomial that is none. logwidth's bounds are rounded by itself, and tested against exact
# fractions, at all signs.
# Fails if the powers contain the cubes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet intvalpy==2.0.3 mpmath==1.3.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
from fractions import Fraction

import intvalpy as ip
import numpy as np

ip.precision.extendedPrecisionQ = False


def misses(interval, value):
    return not Fraction(float(interval.a)) <= value <= Fraction(float(interval.b))


x = np.random.default_rng(0).uniform(-2, -1, 1000).tolist()
points = [ip.Interval(number, number) for number in x]
counts = {n: sum(misses(point**n, Fraction(number) ** n) for point, number in zip(points, x)) for n in range(1, 6)}
inside_out = sum(float((point**3).a) > float((point**3).b) for point in points)
products = sum(misses(point * point * point, Fraction(number) ** 3) for point, number in zip(points, x))
print("missed powers of 1,000 negative numbers:", counts, "cubes inside out:", inside_out, "products that miss:", products)
wide = ip.Interval(-1.1, 1.2) ** 1
print("[-1.1, 1.2] ** 1 =", [float(wide.a), float(wide.b)])
assert products == 0 and misses(wide, Fraction(-1.1))
assert inside_out == 981 and counts[1] == counts[3] == counts[5] == 1000, "odd powers contain them now"
positive = [sum(misses(ip.Interval(-number, -number) ** n, Fraction(-number) ** n) for number in x) for n in (1, 2, 3)]
print("missed powers 1, 2, 3 of 1,000 positive numbers:", positive)
assert max(positive) < 50
CODE
