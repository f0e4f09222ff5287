#!/usr/bin/env bash
# cvxpy 1.9.3: the norm that is minimised is another one.
#
# `cp.pnorm(x, p)` takes any p >= 1. A good engineer expects the value of that norm, to the solver's tolerance of about 1e-8.
# Seen: p is replaced by a fraction with a denominator of at most 1024 when the atom is made, without a warning, and the
# atom's own value is that of the fraction. p = 2.0001 becomes 2, p = 1.0005 becomes 1024/1023 = 1.00098: the norm of (1, 1) is
# 1.99865 instead of 1.99931, and an l_p ball of radius 1 is a ball of another shape.
# For users: bounds that rest on duality in l_p do not hold for the p asked for. logwidth takes p as it is.
# Fails if p is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet cvxpy==1.9.3 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import cvxpy as cp
import numpy as np

one = np.ones(2)
for p in (2.0001, 1.0005, np.pi):
    x = cp.Variable(2)
    atom = cp.pnorm(x, p)
    value = cp.Problem(cp.Minimize(atom), [x == one]).solve(solver=cp.CLARABEL)
    right = np.linalg.norm(one, ord=p)
    print(f"p = {p}: taken as {atom.p}, value {value:.9f}, right {right:.9f}, the atom says {atom.value:.9f}")
    assert abs(value - right) > 1e-9
    if p == 2.0001:
        assert atom.p == 2 and abs(value - right) > 1e-5, "p = 2.0001 is kept now"
    if p == 1.0005:
        assert abs(value - right) > 1e-4, "p = 1.0005 is kept now"
CODE
