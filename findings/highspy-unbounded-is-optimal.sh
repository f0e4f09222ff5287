#!/usr/bin/env bash
# highspy 1.16.0: minimise x^2 - y with y free is "Optimal", at y = 10,000,000.
#
# With a row 0 <= x <= 1 beside it, this quadratic program has no minimum. A good engineer expects "Unbounded", as HiGHS
# says of linear programs, and as OSQP and SCS say here, and Clarabel with a reservation.
# Seen: model status "Optimal", y = 1e7 and an objective of -1e7; nothing in the status tells. HiGHS adds
# qp_regularization_value, 1e-7 by default, to the diagonal and takes the answer for that of the problem. So small
# curvatures are off, too: the minimum of 1e-8 x^2 / 2 - x, at 1e8, is found at 9,090,909, "Optimal". Of 1e-6 (x^2 / 2 -
# x) on [0, 10] it is found at 0 and not at 1. CVXPY 1.9.3 hands the first one on as "optimal". With the option set to 0
# the status is "Solve error".
# For users: a portfolio or a fit without a bound is sold as solved, at numbers that come from the solver's option.
# logwidth takes nothing from a solver unchecked.
# Fails if the status is "Unbounded".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet highspy==1.16.0 cvxpy==1.9.3 clarabel==0.11.1 osqp==1.1.3 scs==3.3.1 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import cvxpy
import highspy
import numpy as np

inf = highspy.kHighsInf


def solve(costs, diagonal, lower, upper, regularization=None):
    solver = highspy.Highs()
    solver.silent()
    if regularization is not None:
        solver.setOptionValue("qp_regularization_value", float(regularization))
    for column, cost in enumerate(costs):
        solver.addVar(lower[column] if column else -inf, upper[column] if column else inf)
        solver.changeColCost(column, cost)
    entries = [column for column, value in enumerate(diagonal) if value]
    hessian = highspy.HighsHessian()
    hessian.dim_, hessian.format_ = len(costs), highspy.HessianFormat.kTriangular
    hessian.start_ = np.array([sum(entry < column for entry in entries) for column in range(len(costs) + 1)], np.int32)
    hessian.index_, hessian.value_ = np.array(entries, np.int32), np.array([diagonal[entry] for entry in entries], float)
    solver.passHessian(hessian)
    solver.addRow(lower[0], upper[0], 1, np.array([0], np.int32), np.ones(1))
    solver.run()
    return solver.modelStatusToString(solver.getModelStatus()), list(solver.getSolution().col_value)


status, point = solve([0, -1], [2, 0], [0, -inf], [1, inf])
print("x^2 - y:", status, point)
assert status == "Optimal" and np.allclose(point, [0, 1e7]), "unbounded now"
print("    without regularization:", solve([0, -1], [2, 0], [0, -inf], [1, inf], 0))
assert solve([0, -1], [2, 0], [0, -inf], [1, inf], 0)[0] != "Optimal"
status, point = solve([-1], [1e-8], [0], [inf])
print("1e-8 x^2 / 2 - x:", status, point)
assert status == "Optimal" and np.isclose(point[0], 1e8 / 11)
status, point = solve([-1e-6], [1e-6], [0], [10])
print("1e-6 (x^2 / 2 - x):", status, point)
assert status == "Optimal" and point == [0]
seen = {}
for name in ("HIGHS", "CLARABEL", "OSQP", "SCS"):
    x, y = cvxpy.Variable(), cvxpy.Variable()
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.square(x) - y), [x >= 0, x <= 1])
    problem.solve(solver=name)
    seen[name] = problem.status
    print("cvxpy,", name, problem.status, y.value)
assert seen.pop("HIGHS") == "optimal" and all(status.startswith("unbounded") for status in seen.values())
CODE
