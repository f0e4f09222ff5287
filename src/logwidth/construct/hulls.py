"""Hyperplanes between hulls of images: the least-distance program, by non-negative least squares (Lawson and Hanson)."""

import numpy as np
from scipy.optimize import nnls

from logwidth.types import FloatArray, IntArray

EXTRA = 8  # points that join the program at a time
ROUNDS = 40
BALANCE = 1e5  # the weight of the equation that both hulls get equal shares
TOUCHING = 1e-9  # of the extent of the points: hulls nearer than that count as meeting


def hull_distances(points: FloatArray, hull: FloatArray, enough: float) -> tuple[FloatArray, FloatArray]:
    """Return unit normals `(n, m)` from `points` `(n, m)` towards a hull, and how far the hull lies along them `(n,)`.

    The width `min_s ⟨w, hull_s − point⟩` is the distance of the point from the hull up to rounding, a lower bound in any
    case. The first distance below `enough` ends the work: points after it have width −∞.
    """
    normals, widths = np.zeros_like(points), np.full(len(points), -np.inf)
    for k, point in enumerate(points):
        w = towards(hull - point)
        normals[k], widths[k] = w, float(((hull - point) @ w).min())
        if widths[k] <= enough:
            break
    return normals, widths


def widest_slab(hull: FloatArray, others: FloatArray) -> tuple[FloatArray, float]:
    """Return the unit normal `(m,)` along which the hull of `hull` `(n, m)` lies farthest beyond that of `others` `(k, m)`.

    And how far, `min ⟨w, hull⟩ − max ⟨w, others⟩`, evaluated at the normal: a lower bound on the distance of the hulls that
    meets it up to rounding. Points that the program does not need are left out of it.
    """
    rows = np.zeros(len(hull), dtype=bool)
    columns = np.zeros(len(others), dtype=bool)
    w = hull.mean(axis=0) - others.mean(axis=0)
    best, width = w, -np.inf
    for _ in range(ROUNDS):
        low, high = hull @ w, others @ w
        size = float(np.linalg.norm(w))
        if size > 0 and (low.min() - high.max()) / size > width:
            best, width = w / size, float(low.min() - high.max()) / size
        new_rows, new_columns = np.argsort(low)[:EXTRA], np.argsort(-high)[:EXTRA]
        if rows[new_rows[0]] and columns[new_columns[0]]:
            break
        rows[new_rows], columns[new_columns] = True, True
        w = between(hull[rows], others[columns])
        if not w.any():
            break
    return best, width


def towards(differences: FloatArray) -> FloatArray:
    """Return the unit vector w with the largest `min ⟨w, differences_s⟩`: along their hull's point nearest to the origin."""
    if len(differences) == 1:
        return np.asarray(differences[0] / np.linalg.norm(differences[0]))
    scale = float(np.abs(differences).max())
    table = np.concatenate([differences.T / scale, np.ones((1, len(differences)))])
    target = np.zeros(len(table))
    target[-1] = 1.0
    shares = _shares(table, target)
    w = differences.T @ shares
    size = float(np.linalg.norm(w))
    return np.asarray(w / size) if size > TOUCHING * scale * max(float(shares.sum()), 1e-300) else np.zeros(w.size)


def between(hull: FloatArray, others: FloatArray) -> FloatArray:
    """Return the shortest difference of points of two hulls, all zeros where they (nearly) meet."""
    m, scale = hull.shape[1], float(np.abs(hull - others[:1]).max() + np.abs(others - others[:1]).max())
    centre = others[0]
    upper, lower = (hull - centre) / scale, (others - centre) / scale
    table = np.zeros((m + 2, len(hull) + len(others)))
    table[:m, : len(hull)], table[:m, len(hull) :] = upper.T, -lower.T
    table[m, : len(hull)], table[m, len(hull) :] = BALANCE, -BALANCE
    table[m + 1] = 1.0
    target = np.zeros(m + 2)
    target[m + 1] = 2.0
    shares = _shares(table, target)
    mine, theirs = shares[: len(hull)], shares[len(hull) :]
    if not (mine.sum() > 0 and theirs.sum() > 0):
        return np.zeros(m)
    w = upper.T @ (mine / mine.sum()) - lower.T @ (theirs / theirs.sum())
    return w if float(np.linalg.norm(w)) > TOUCHING else np.zeros(m)


def _shares(table: FloatArray, target: FloatArray) -> FloatArray:
    """Return `argmin ‖table u − target‖` over u ≥ 0; all zeros where the solver does not end, as if hulls met."""
    try:
        return np.asarray(nnls(table, target, maxiter=50 * table.shape[1])[0])
    except RuntimeError:
        return np.zeros(table.shape[1])


def hardest_first(own: FloatArray, others: FloatArray) -> IntArray:
    """Return the rows of `own` `(n, m)`, those nearest to any of `others` `(k, m)` first."""
    nearest = np.empty(len(own))
    for start in range(0, len(own), 256):
        part = own[start : start + 256]
        squares = (part * part).sum(axis=1)[:, None] + (others * others).sum(axis=1)[None] - 2.0 * part @ others.T
        nearest[start : start + 256] = squares.min(axis=1)
    return np.asarray(np.argsort(nearest, kind="stable"), dtype=np.int64)
