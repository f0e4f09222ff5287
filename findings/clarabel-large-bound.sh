#!/usr/bin/env bash
# clarabel 0.11.1: a problem with one variable and one bound is infeasible.
#
# Minimise x^2 / 2 subject to x >= b. A good engineer expects x = b, or a status that tells of numerical trouble; he does
# not expect a proof that no x reaches b.
# Seen: from b = 1e8 on the status is PrimalInfeasible, which is documented as a certificate of infeasibility, with a dual
# vector beside it, for times in seconds (1.7e9) as for bytes (1e10). At 1e7 it is Solved. The same bound with a linear
# objective, or as an equation, is Solved up to 1e12; so is the problem in units of b. Settings are the defaults, presolve
# and scaling among them. quadprog 0.1.14 solves all of them.
# For users: nearest points, margins and separations whose features are times, populations or bytes; "infeasible" there
# means "far from 0". Scale the data first. logwidth takes no "infeasible" from a solver: what it claims is proven in exact
# numbers.
# Fails if clarabel solves what it calls infeasible here, or no longer solves the others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet clarabel==0.11.1 quadprog==0.1.14 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import clarabel
import numpy as np
import quadprog
from scipy.sparse import csc_matrix

settings = clarabel.DefaultSettings()
settings.verbose = False


def solved(square, slope, sign, bound, cone):
    solver = clarabel.DefaultSolver(
        csc_matrix([[square]]), np.array([slope]), csc_matrix([[sign]]), np.array([sign * bound]), [cone(1)], settings
    )
    solution = solver.solve()
    return str(solution.status), solution.x[0]


for bound in (1.0, 1e3, 1e7, 1e8, 1e9, 1.7e9, 1e10, 1e12):
    inequality = solved(1.0, 0.0, -1.0, bound, clarabel.NonnegativeConeT)
    linear = solved(0.0, 1.0, -1.0, bound, clarabel.NonnegativeConeT)
    equation = solved(1.0, 0.0, 1.0, bound, clarabel.ZeroConeT)
    other = quadprog.solve_qp(np.eye(1), np.zeros(1), np.eye(1), np.array([bound]))[0][0]
    print(f"x >= {bound:g}: {inequality}; linear {linear[0]}; as an equation {equation[0]}; quadprog x = {other:g}")
    assert other == bound
    assert linear[0] == equation[0] == "Solved"
    assert inequality[0] == ("Solved" if bound < 1e8 else "PrimalInfeasible"), "the status is another one"
CODE
