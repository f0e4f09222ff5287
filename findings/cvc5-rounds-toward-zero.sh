#!/usr/bin/env bash
# cvc5 1.4.2 with z3-solver 5.4.1.0: one script about float32, two solvers, two answers.
#
# cvc5.pythonic is "as much as possible Z3-compatible" (its module text), and its list "Differences with Z3py" has nothing
# on floating point. `FPVal(0.1, Float32())`, `x + y` and `x * 0.1` look the same in both. A good engineer expects the
# arithmetic of IEEE 754's default, round to nearest, and the constant numpy.float32(0.1).
# Seen: in cvc5 both constants and operators round toward zero, in z3 to nearest, ties to even. Of 200 normal weights 101
# become the float32 nearer to 0 instead of the nearest; of 200 sums of two float32, 53 are not what a processor gives; the
# largest float32 plus itself is finite. "x + 0.75 * 2^-23 = x for some x in [1, 1.5]" is unsat in z3 and sat in cvc5.
# Nothing is said, and a printed sum is `x + y` in both; only `sexpr()` shows the mode. With
# `set_default_rounding_mode(RNE())` first, all agree.
# For users: a proof about the float32 network is one about a machine that rounds another way. logwidth's certificates
# bound every rounding of the stored network, and use no SMT solver.
# Fails if cvc5 rounds to nearest without being told to.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet cvc5==1.4.2 z3-solver==5.4.1.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
from fractions import Fraction

import cvc5.pythonic
import numpy as np
import z3

rng = np.random.default_rng(0)
weights = rng.normal(size=200)
pairs = rng.normal(size=(200, 2)).astype(np.float32)


def answers(smt):
    def constant(number):
        return smt.FPVal(float(number), smt.Float32())

    def exact(term):
        return Fraction(smt.simplify(smt.fpToReal(term)).as_fraction())

    stored = [exact(constant(weight)) for weight in weights]
    wrong = sum(value != Fraction(float(np.float32(weight))) for value, weight in zip(stored, weights))
    above = sum(abs(value) > abs(Fraction(weight)) for value, weight in zip(stored, weights))
    sums = sum(exact(constant(a) + constant(b)) != Fraction(float(a + b)) for a, b in pairs)
    largest = constant(np.finfo(np.float32).max)
    x = smt.FP("x", smt.Float32())
    solver = smt.Solver()
    solver.add(x >= 1.0, x <= 1.5, smt.fpEQ(x + 0.75 * 2**-23, x))
    return wrong, above, sums, str(smt.simplify(smt.fpIsInf(largest + largest))), str(solver.check())


seen = {"z3": answers(z3), "cvc5": answers(cvc5.pythonic)}
cvc5.pythonic.set_default_rounding_mode(cvc5.pythonic.RNE())
seen["cvc5, told"] = answers(cvc5.pythonic)
for name, found in seen.items():
    print(name, dict(zip(("weights wrong", "enlarged", "sums wrong", "largest doubled is infinite", "x + d = x"), found)))
assert seen["z3"] == seen["cvc5, told"] and seen["z3"][0] == seen["z3"][2] == 0 and seen["z3"][3:] == ("True", "unsat"), seen
assert seen["cvc5"][:3] == (101, 0, 53) and seen["cvc5"][3:] == ("False", "sat"), seen
CODE
