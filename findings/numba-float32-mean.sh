#!/usr/bin/env bash
# numba 0.68.1, numpy 2.4.6: the mean of an array of ones.
#
# Inside @njit, `a.mean()` and `a.sum()` are documented as supported NumPy methods. A good engineer expects NumPy's value up to
# rounding: NumPy adds float32 pairwise, and is right to the last bit here.
# Seen: numba adds one by one in float32. At 16,777,216 = 2^24 adding 1 changes nothing any more, so the sum of 33,554,432
# ones is 16777216 and their mean 0.5. The sum of a long float32 array loses most of its terms, with no warning.
# For users: means of pixels or features in a jitted function; sum in float64 (`a.astype(np.float64)`). logwidth sums in float64.
# Fails if numba or NumPy changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet numba==0.68.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numba
import numpy as np


@numba.njit
def jitted(a):
    return a.sum(), a.mean()


ones = np.ones(2**25, dtype=np.float32)
total, mean = jitted(ones)
print("numba:", float(total), float(mean), "NumPy:", float(ones.sum()), float(ones.mean()))
assert (ones.sum(), ones.mean()) == (2.0**25, 1.0)
assert (total, mean) == (2.0**24, 0.5), "numba no longer stops at 2^24"
CODE
