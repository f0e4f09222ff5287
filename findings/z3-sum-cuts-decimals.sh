#!/usr/bin/env bash
# z3 5.4.1.0, Python: `Sum([i, 2.5])` is i + 2, and `i + 2.5` is i + 5/2.
#
# In z3's Python interface an integer variable and a float meet as reals: `i + 2.5`, `i <= 2.7` and `If(c, i, 0.5)` keep
# the decimals. `Sum` adds up a list of expressions. A good engineer expects `Sum([i, 2.5])` to be `i + 2.5`.
# Seen: in a list of integer variables, floats are cut: 2.5 to 2, 0.9 to 0, -0.9 to 0. The solver then proves that i +
# 0.9 + 0.9 is not above i: "unsat", where the same with + has a model. One real variable anywhere in the list, or a
# term such as 0.5 * i, and the decimals are kept. `Product` is alike: `Product([i, 0.5])` is 0. No warning.
# For users: an objective or a budget with float coefficients or offsets, summed from a list: a proof about other
# numbers. logwidth writes its queries as text, with exact decimals.
# Fails if the sum keeps the decimals, or is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet z3-solver==5.4.1.0
cd "$folder"
"$folder/venv/bin/python" -W error - <<'CODE'
import z3

i, x = z3.Int("i"), z3.Real("x")


def equal(a, b):
    solver = z3.Solver()
    solver.add(a != b)
    return solver.check() == z3.unsat


print("Sum([i, 2.5]):", z3.Sum([i, 2.5]), "  i + 2.5:", i + 2.5, "  Product([i, 0.5]):", z3.Product([i, 0.5]))
for value, cut in ((2.5, 2), (0.9, 0), (-0.9, 0)):
    assert equal(i + value, value + i) and not equal(i + value, i + cut)
    assert equal(z3.Sum([i, value]), i + cut), "the sum keeps the decimals now"
    assert equal(z3.Sum([value, i]), i + cut) and equal(z3.Sum([i, value, x]), x + i + value)
assert equal(z3.Product([i, 0.5]), 0) and not equal(i * 0.5, 0)
by_sum, by_plus = z3.Solver(), z3.Solver()
by_sum.add(z3.Sum([i, 0.9, 0.9]) > i)
by_plus.add(i + 0.9 + 0.9 > i)
print("i + 0.9 + 0.9 > i by Sum:", by_sum.check(), "  by +:", by_plus.check())
assert by_sum.check() == z3.unsat and by_plus.check() == z3.sat
CODE
