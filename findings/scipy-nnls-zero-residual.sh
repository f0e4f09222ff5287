#!/usr/bin/env bash
# SciPy 1.15.3, `nnls`: residual 0.0 for an answer that is off by 1.74, of two equations in two unknowns.
#
# `nnls(A, b)` returns the x >= 0 nearest to a solution of A x = b, and by its documentation "the 2-norm of the residual,
# || Ax-b ||_2". For 5 x + 4 y = 5, 2 x + 2 y = 4 the least squares are at x = 0, y = 1.4, residual 1.342: by hand, since
# the solution x = -3, y = 5 has one negative number. A good engineer expects these, or RuntimeError.
# Seen: x = 0.868, y = 0.326, where A x - b has length 1.736, and a residual of 0.0. No warning. scikit-learn's
# LinearRegression(positive=True) has the same coefficients. Of 10,000 normal systems 2 by 2 the answers to 114 are no
# optimum, of those 4 by 8 to 177, and 135 of these residuals are 0.0. With more rows than columns none was seen wrong.
# SciPy 1.16.0 has them all right. 1.15.3 is the last version for Python 3.10. (scipy/scipy issue 25389 shows another one.)
# For users: "does this cone, this hull, this mixture hold b?" is answered by the residual.
# logwidth demands SciPy 1.16, and measures what a solver proposes.
# Fails if the small system has its optimum or its residual, or if no more than 50 of a kind are wrong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scipy==1.15.3 numpy==2.2.6 scikit-learn==1.6.1
cd "$folder"
"$folder/venv/bin/python" -W error - <<'CODE'
import numpy as np
from scipy.optimize import nnls
from sklearn.linear_model import LinearRegression

A, b = np.array([[5.0, 4.0], [2.0, 2.0]]), np.array([5.0, 4.0])
x, residual = nnls(A, b)
coefficients = LinearRegression(positive=True, fit_intercept=False).fit(A, b).coef_
true, best = np.linalg.norm(A @ x - b), np.linalg.norm(A @ [0, 1.4] - b)
print(f"nnls {x}, LinearRegression {coefficients}; residual {residual}, in truth {true:.3f}, at (0, 1.4) {best:.3f}")
assert residual == 0 and true > 1.7 and best < 1.35 and (x == coefficients).all(), "the small system is right now"

for rows, columns in ((2, 2), (4, 8), (20, 5)):
    rng, wrong, zero = np.random.default_rng(0), 0, 0
    for _ in range(10_000):
        A, b = rng.normal(size=(rows, columns)), rng.normal(size=rows)
        x, residual = nnls(A, b)
        gradient = A.T @ (A @ x - b)  # at an optimum >= 0, and 0 where x > 0
        bad = gradient.min() < -1e-6 or np.abs(gradient[x > 0]).max(initial=0) > 1e-6
        wrong, zero = wrong + bad, zero + (bad and residual == 0 and np.linalg.norm(A @ x - b) > 1e-3)
    print(f"{rows} by {columns}: {wrong} of 10,000 are no optimum, {zero} of them with residual 0.0")
    assert wrong == 0 if rows > columns else wrong > 50
CODE
