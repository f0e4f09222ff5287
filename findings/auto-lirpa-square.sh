#!/usr/bin/env bash
# auto_LiRPA 0.7.1, of 2026-05-27, with torch 2.8.0: CROWN bounds that x ** 2 leaves.
#
# auto_LiRPA bounds a network's outputs over a box; "certified" rests on no output being beyond its bounds. Powers are
# among its operators. A good engineer expects of method "CROWN", its best known one, bounds that are loose at worst, and
# the same for `x ** 2` as for `x * x`.
# Seen: for x in [0.5, 2] the upper bound of x ** 2 is 3.4375, though 2 ** 2 = 4; of x ** 4 it is 8.3, though 2 ** 4 = 16.
# They are wrong for every interval tried that lies on one side of 0; for one around 0 they are right. `x * x` is right,
# and so are IBP and alpha-CROWN for powers. leaky_relu(x, 2), whose slope is larger than 1, has CROWN's lower bound -1 for
# x in [-1, 2], and the value -2.
# For users: look at a second method's bounds where a network has powers: CROWN's being tighter than IBP's is no good sign.
# logwidth's certificates use auto_LiRPA nowhere; its networks have ReLU alone, for which no such bound was seen.
# Fails if the bounds hold. auto_LiRPA comes from its repository (the package index has 0.3, of 2022), or from the folder
# that AUTO_LIRPA names; torch is a large download.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
source=${AUTO_LIRPA:-git+https://github.com/Verified-Intelligence/auto_LiRPA@a050a3d61f4cb68b108fa7f07dcb3e4d7ef304df}
"$folder/venv/bin/python" -m pip install --quiet torch==2.8.0 numpy==2.3.5 setuptools wheel appdirs pyyaml ninja tqdm graphviz packaging
"$folder/venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation "$source"
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import auto_LiRPA
import numpy as np
import torch
from auto_LiRPA import BoundedModule, BoundedTensor, PerturbationLpNorm
from torch.nn.functional import leaky_relu

assert auto_LiRPA.__version__ == "0.7.1", auto_LiRPA.__version__


class Network(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


def bounds(function, low, high, method):
    centre = torch.tensor([[(low + high) / 2]])
    box = BoundedTensor(centre, PerturbationLpNorm(norm=np.inf, eps=(high - low) / 2))
    return [float(end) for end in BoundedModule(Network(function), centre, device="cpu").compute_bounds(x=(box,), method=method)]


def misses(function, low, high, method):
    below, above = bounds(function, low, high, method)
    values = function(torch.linspace(low, high, 1001)[:, None])
    missed = bool(values.max() > above + 1e-3) or bool(values.min() < below - 1e-3)
    print(f"  {method}: [{below:.4f}, {above:.4f}]{'   MISSES VALUES' if missed else ''}")
    return missed


functions = {
    "x ** 2": lambda x: x**2,
    "x ** 4": lambda x: x**4,
    "x * x": lambda x: x * x,
    "leaky_relu(x, 2)": lambda x: leaky_relu(x, 2.0),
}
sided, around = [(0.5, 2.0), (1.0, 3.0), (-2.0, -0.5)], (-1.0, 2.0)
for name, function in functions.items():
    for low, high in [*sided, around]:
        ends = [round(float(function(torch.tensor(x))), 4) for x in (low, high)]
        print(f"{name} for x in [{low}, {high}]: {ends} at the ends")
        wrong = ("**" in name and (low, high) != around) or (name.startswith("leaky") and low < 0)
        assert misses(function, low, high, "CROWN") == wrong, "the bounds of CROWN are others"
        assert not misses(function, low, high, "IBP")
        if not name.startswith("leaky"):
            assert not misses(function, low, high, "alpha-CROWN")
CODE
