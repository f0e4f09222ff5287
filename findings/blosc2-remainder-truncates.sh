#!/usr/bin/env bash
# blosc2 4.14.1: a is not (a // b) * b + a % b.
#
# Operators and functions of blosc2's compressed arrays are NumPy's and the array standard's; `blosc2.remainder` is
# "equivalent to the Python modulus operator x1_i % x2_i", which has the sign of the divisor, and `blosc2.round` refers to
# numpy.round, which takes halves to the even number, as the standard demands.
# Seen: -7 % 3 is -1, as in C, while -7 // 3 is -3, as in Python: together they make -10 out of -7. Floats likewise: -1.5
# % 1 is -0.5. That is the array `(A % B)[:]`, or `.compute()`; its slice `(A % B)[0:4]`, which is all of it too, is NumPy's
# with 2. round(0.5) is 1 and round(2.5) is 3, and again 2 in a slice. argmax of (1, NaN, 3) is 0: neither the place of
# NaN, as in NumPy, nor that of the largest number, while `max` is NaN. Nothing is said.
# For users: angles, hours and hashes of negative numbers; rounding of measured halves has a bias. logwidth computes with
# integers of Python and NumPy.
# Fails if one of these is NumPy's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet blosc2==4.14.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import blosc2
import numpy as np

a, b = np.array([-7, -1, 5, 7]), np.array([3, 3, -3, 3])
A, B = blosc2.asarray(a), blosc2.asarray(b)
rest, floor = (A % B)[:], (A // B)[:]
print("a % b:", rest, "NumPy:", a % b, "a // b:", floor, "together:", floor * b + rest)
assert (floor == a // b).all() and (rest == np.fmod(a, b)).all() and (rest != a % b).sum() == 3
assert (blosc2.remainder(A, B)[:] == rest).all() and ((A % B).compute()[:] == rest).all() and (A % 3)[:][0] == -1
assert (blosc2.asarray(np.array([-1.5, 2.75])) % 1)[:][0] == -0.5
sliced = (A % B)[0 : len(a)]
print("a % b by a slice:", sliced)
assert (sliced == a % b).all()

halves = blosc2.asarray(np.array([0.5, 1.5, 2.5, -0.5]))
print("round:", blosc2.round(halves)[:], "NumPy:", np.round(halves[:]))
assert (blosc2.round(halves)[:] == [1, 2, 3, -1]).all() and (np.round(halves[:]) == [0, 2, 2, 0]).all()
assert blosc2.round(halves)[0:3][2] == 2

broken = blosc2.asarray(np.array([1, np.nan, 3]))
print("argmax:", blosc2.argmax(broken), "NumPy:", np.argmax(broken[:]), "max:", broken.max())
assert blosc2.argmax(broken) == 0 and np.argmax(broken[:]) == 1 and np.isnan(broken.max())
CODE
