"""Inputs just within certified balls, where a runtime that computes otherwise goes wrong first."""

import numpy as np

from logwidth.attack.outside import towards_others
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer
from logwidth.norms import lengths
from logwidth.types import FloatArray, IndexArray

SHARE = 0.999
SURE = 1.0 - 2.0**-40
RIVALS = 4
WORK = 2e10  # numbers that the search for rivals may read


def worst_points(
    data: Dataset, radii: FloatArray, norm: float, first: AffineLayer, count: int, rng: np.random.Generator
) -> tuple[FloatArray, IndexArray]:
    """Return about `count` inputs `(m, d)`, in the format of the network's layer `first`, and whose ball each is in, `(m,)`.

    They lie at 0.999 of the radii `(N,)` (≤ 0: no ball): towards the nearest samples of other classes, and along the duals
    of what the first layer makes of these ways (the point of the ball that goes farthest in this direction); then, where
    more are asked for, along mixtures of both. What rounding to the format takes out of its ball is left out. With more
    samples than points, or too many to look for all their rivals, samples are drawn.
    """
    held = np.flatnonzero(radii > 0)
    if not (count and held.size):
        return np.zeros((0, data.n_features)), np.zeros(0, dtype=np.intp)
    most = min(count, max(64, int(WORK / data.points.size)))
    chosen = np.sort(rng.choice(held, most, replace=False)) if held.size > most else held
    each, matrix = -(-count // chosen.size), first.dense().astype(np.float64)
    points, owner = [], []
    for i in chosen:
        ways = _ways(data, int(i), norm, matrix, each, rng)
        found = data.points[i] + SHARE * float(radii[i]) * ways
        points.append(_within(found.astype(first.dtype).astype(np.float64), data.points[i], float(radii[i]), norm))
        owner.append(np.full(len(points[-1]), i))
    return np.concatenate(points)[:count], np.concatenate(owner)[:count]


def _ways(data: Dataset, i: int, norm: float, matrix: FloatArray, each: int, rng: np.random.Generator) -> FloatArray:
    """Return `each` directions `(each, d)` of length 1 in ℓp."""
    rivals = towards_others(data.points, data.labels, i, norm, RIVALS)
    rivals = rivals / np.abs(rivals).max(axis=1, keepdims=True)
    duals = np.array([dual_vector(matrix.T @ (matrix @ way), norm) for way in rivals])
    known = np.stack([_unit(rivals, norm), _unit(duals, norm)], axis=1).reshape(-1, data.n_features)
    if each <= len(known):
        return known[:each]
    mixed = rng.dirichlet(np.ones(len(known)), size=each - len(known)) @ known
    mixed += 0.1 * np.abs(mixed).max(axis=1, keepdims=True) * rng.normal(size=mixed.shape)
    return np.concatenate([known, _unit(mixed, norm)])


def dual_vector(functional: FloatArray, norm: float) -> FloatArray:
    """Return the direction of the unit ball of ℓp in which `functional` `(d,)` grows most, not normalised.

    >>> dual_vector(np.array([1.0, -3.0]), np.inf).tolist(), dual_vector(np.array([1.0, -3.0]), 1.0).tolist()
    ([1.0, -1.0], [0.0, -1.0])
    """
    size = np.abs(functional) / (np.abs(functional).max() or 1.0)
    if norm == 1.0:
        return np.where(np.arange(size.size) == size.argmax(), np.sign(functional), 0.0)
    power = 0.0 if np.isinf(norm) else 1.0 / (norm - 1.0)
    found: FloatArray = np.asarray(np.sign(functional) * size**power, dtype=np.float64)
    return found


def _unit(ways: FloatArray, norm: float) -> FloatArray:
    size = lengths(ways, norm)[:, None]
    found: FloatArray = np.divide(ways, size, out=np.zeros_like(ways), where=size > 0)
    return found


def _within(points: FloatArray, centre: FloatArray, radius: float, norm: float) -> FloatArray:
    shift = points - centre
    scale = float(np.abs(shift).max(initial=0.0)) or 1.0
    kept: FloatArray = points[lengths(shift / scale, norm) * scale <= radius * SURE]
    return kept
