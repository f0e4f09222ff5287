#!/usr/bin/env bash
# codac 2.1.2 on x86-64: after `import codac` Python reads 0.5714... from a text as another number.
#
# codac is a library of interval arithmetic. A good engineer expects its own sums to be rounded outward, and everything
# else in the process to be as before: Python's floats are those of IEEE 754, rounded to nearest, and
# float(repr(x)) == x for every float.
# Seen: the import alone, before anything of it is used, sets the processor's rounding mode to "up", and leaves it so, also
# for threads that start later. From then on numpy.divide(1.0, 3.0) is 0.33333333333333337, math.fsum of ten times 0.1 is
# 1.0000000000000002, round(2.675, 2) prints 2.6700000000000004, math.exp(1) is above e, float(Fraction(1, 3)) is not the
# nearest, and of 1,000 random numbers about one in seven is not itself after float(repr(x)). Constants that were compiled
# before are as they were, so 1 / 3 in the text of a script hides it. Nothing is said; neither the module nor its
# documentation string has a way back, but the C library's fesetround(0) mends it.
# For users: data that is read, and float bounds that are computed, in a process that has codac loaded, are those of another
# arithmetic than was proven. Use it in a process of its own.
# Fails if the import leaves the numbers alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ "$(uname -m)" != x86_64 ]; then
    echo "seen on x86-64 only"
    exit 0
fi
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet codac==2.1.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import ctypes
import math
import random
import threading
from fractions import Fraction

import numpy as np

rng = random.Random(0)
values = [rng.random() for _ in range(1000)]


def seen():
    return {
        "numpy 1/3": float(np.divide(1.0, 3.0)),
        "ten times 0.1": math.fsum([0.1] * 10),
        "round(2.675, 2)": round(2.675, 2),
        "exp(1)": math.exp(1),
        "Fraction(1, 3)": float(Fraction(1, 3)),
        "changed by repr": sum(float(repr(value)) != value for value in values),
    }


nearest = seen()
assert nearest["changed by repr"] == 0 and nearest["numpy 1/3"] == 0.3333333333333333 and nearest["ten times 0.1"] == 1
import codac  # noqa: E402, F401

up = seen()
threads = []
thread = threading.Thread(target=lambda: threads.append(float(np.divide(1.0, 3.0))))
thread.start()
thread.join()
ctypes.CDLL(None).fesetround(0)  # 0 is FE_TONEAREST on x86
for name, value in up.items():
    print(f"{name}: {nearest[name]!r}, after the import {value!r}")
    assert value > nearest[name], "the import leaves this alone"
assert up["changed by repr"] > 50 and threads == [0.33333333333333337]
assert seen() == nearest
CODE
