"""A proof that few coordinates do not suffice: weights on opposite pairs, the linear-programming dual of the cover."""

import math

import numpy as np
from scipy.optimize import linprog

from logwidth.dataset import Dataset
from logwidth.maps.check import found_separation
from logwidth.maps.features.coordinates import greedy_coordinates, loads_of
from logwidth.maps.features.hard_pairs import HardPairs
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.types import FloatArray

SAFETY = 1e-9


def coordinates_lower(data: Dataset, ratio: float, norm: object = math.inf, *, separation: Separation | None = None) -> int:
    """Return a lower bound on the number of coordinates that keep `ratio` in ℓp; other maps may need fewer rows.

    If `y ≥ 0` are weights on opposite pairs with `Σ y_ij load_ij(l) ≤ 1` for every coordinate `l`, then a set J that
    covers every pair has `|J| ≥ Σ_J Σ y load ≥ Σ y`. Loads are raised and sums lowered by 1e-9 for rounding.

    >>> coordinates_lower(Dataset([[0, 0], [9, 0], [0, 9]], [0, 1, 1]), 0.5)
    2
    """
    sep = found_separation(data, parse_norm(norm), separation)
    if not ratio > 0.0:
        return 1
    hard, goal = HardPairs(data, sep), ratio * (1.0 - SAFETY)
    greedy_coordinates(hard, goal)
    loads = np.unique(np.minimum(1.0, loads_of(hard.differences, sep.norm, goal) * (1.0 + SAFETY)), axis=0)
    y = _dual_weights(loads)
    largest = float((y @ loads).max())
    return max(1, math.ceil(float(y.sum()) / largest * (1.0 - SAFETY) - SAFETY))


def _dual_weights(loads: FloatArray) -> FloatArray:
    """Return nonnegative weights that nearly maximise `Σ y` subject to `yᵀ loads ≤ 1`; uniform ones if HiGHS fails."""
    found = linprog(-np.ones(len(loads)), A_ub=loads.T, b_ub=np.ones(loads.shape[1]), method="highs")
    return np.maximum(found.x, 0.0) if found.x is not None else np.ones(len(loads))
