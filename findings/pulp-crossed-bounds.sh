#!/usr/bin/env bash
# PuLP 3.3.2 with its default solver: a problem without a solution is "Optimal", at a point outside of its bounds.
#
# `LpVariable("x", lowBound=0, upBound=-2)` has no value, so a problem with it is infeasible. A good engineer expects
# "Infeasible", or an error, from every solver.
# Seen: minimising x + y with x + y >= -10 and 0 <= y <= 10, "Optimal" with x = -10: the lower bound 0 is gone. An upper
# bound of -1e-9, as rounding leaves it, does it too; integer variables likewise. With the lower bound -1 instead of 0
# there is an error, and with HiGHS 1.16.0 in the place of CBC it is "Infeasible". PuLP writes an MPS file for CBC and
# leaves out a lower bound of 0, as the default. CBC reads an upper bound below 0 without a lower one as minus infinity to
# it; HiGHS and SCIP read such a file as infeasible. `problem.valid()` is False, if one asks.
# For users: capacity less demand, or the end of an interval less its start, as an upper bound: the plan that cannot be is
# sold as the best. logwidth takes nothing from a solver unchecked.
# Fails if the answer is "Infeasible", or an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet PuLP==3.3.2 highspy==1.16.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import pulp


def solve(upper, kind, solver):
    problem = pulp.LpProblem("p", pulp.LpMinimize)
    x = pulp.LpVariable("x", 0, upper, kind)
    y = pulp.LpVariable("y", 0, 10)
    problem += x + y
    problem += x + y >= -10
    status = pulp.LpStatus[problem.solve(solver)]
    return status, x.value(), problem.valid()


for kind in ("Continuous", "Integer"):
    for upper in (-2, -1e-9 if kind == "Continuous" else -1):
        seen = solve(upper, kind, pulp.PULP_CBC_CMD(msg=False))
        print(f"{kind}, 0 <= x <= {upper}: {seen[0]}, x = {seen[1]}, valid: {seen[2]}")
        assert seen == ("Optimal", -10, False), "the lower bound holds now"
    assert solve(0, kind, pulp.PULP_CBC_CMD(msg=False))[:2] == ("Optimal", 0)
    assert solve(-2, kind, pulp.HiGHS(msg=False))[0] == "Infeasible"
CODE
