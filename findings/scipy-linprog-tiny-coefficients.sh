#!/usr/bin/env bash
# SciPy 1.17.1, `linprog` and `milp`: an optimum that breaks its constraint by 10, with slack 0.
#
# Maximise x + y subject to 1e-9 x + y <= 1, 0 <= x <= 1e10, 0 <= y <= 1: x = 1e10 forces y < 0, so the best is x = 1e9, y
# = 0. All numbers are far from the limits of float64, and the product 1e-9 x is of the size of y. A good engineer expects
# that, to a tolerance of 1e-7, or a warning.
# Seen: "Optimization terminated successfully", x = 1e10, y = 1: the left-hand side is 11. The result's `slack`, by its
# documentation "b_ub - A_ub @ x", is 0 where that formula gives -10. Minimising x subject to 1e-9 x >= 1 is "infeasible";
# x = 1e9 fits exactly. All three methods of linprog, and milp. With the row times 10 all is right.
# The reason: HiGHS sets entries of the matrix up to its option small_matrix_value, 1e-9, to zero. It says so in its log
# and by the status "warning"; SciPy shows neither, and has no such option.
# For users: columns in other units, bytes beside densities, give such rows. logwidth takes nothing from a float LP without
# checking it: what a solver returns is a proposal.
# Fails if one of these is solved.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W error - <<'CODE'
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

most, box = [-1, -1], [(0, 1e10), (0, 1)]
for method in ("highs", "highs-ds", "highs-ipm"):
    row = np.array([1e-9, 1.0])
    got = linprog(most, A_ub=[row], b_ub=[1], bounds=box, method=method)
    slack = 1 - row @ got.x
    print(f"{method}: {got.message[:38]}, x = {got.x.tolist()}, slack {got.slack.tolist()}, 1 - row @ x = {slack}")
    assert got.success and got.x.tolist() == [1e10, 1] and got.slack.tolist() == [0] and slack == -10
    scaled = linprog(most, A_ub=[10 * row], b_ub=[10], bounds=box, method=method)
    assert scaled.success and np.allclose(scaled.x, [1e9, 0]), scaled
    none = linprog([1], A_ub=[[-1e-9]], b_ub=[-1], method=method)
    some = linprog([1], A_ub=[[-1e-8]], b_ub=[-10], method=method)
    print(f"    1e-9 x >= 1: {none.message[:26]}; 1e-8 x >= 10: x = {some.x.tolist()}")
    assert none.status == 2 and some.success and np.isclose(some.x[0], 1e9)
got = milp(most, constraints=LinearConstraint([[1e-9, 1]], -np.inf, 1), bounds=Bounds([0, 0], [1e10, 1]), integrality=[0, 1])
print("milp:", got.message[:38], got.x.tolist())
assert got.success and got.x.tolist() == [1e10, 1]
CODE
