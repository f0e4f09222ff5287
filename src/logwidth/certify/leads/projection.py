"""The point of a polyhedron nearest to the origin, by maintained solvers whose answers are checked."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, nnls

from logwidth.norms import dual_exponent
from logwidth.types import FloatArray

Answer = tuple[FloatArray | None, FloatArray]
START, MORE, ROUNDS = 24, 16, 24
INSIDE = 2.0**-38


def nearest_point(rows: FloatArray, offsets: FloatArray, norm: float) -> Answer | None:
    """Return `y` `(d,)` and multipliers `(K,)` for `min ‖y‖_p subject to rows · y + offsets ≥ 0`, None where no
    solver helps.

    `y` is None where the constraints contradict each other; the multipliers then say why (Farkas).

    The point is taken a hair (`INSIDE` of the greatest violation at the origin) within every constraint: beyond a corner the
    way on from the origin may leave the polyhedron at once.

    p = 2 is Lawson and Hanson's least distance programming (one non-negative least squares problem), p = 1 and ∞ are linear
    programs. Constraints are added as they are violated. Heuristic: callers check the multipliers with `distance_lower`
    and the point by evaluation.
    """
    sizes, used = np.linalg.norm(rows, axis=1), np.asarray(rows.any(axis=0))
    sizes[sizes == 0] = 1.0
    rows, offsets = rows[:, used] / sizes[:, None], offsets / sizes
    offsets = offsets - INSIDE * max(-float(offsets.min(initial=0.0)), 0.0)
    active = np.argsort(offsets, kind="stable")[:START]
    for _ in range(ROUNDS):
        found = _solve(rows[active], offsets[active], norm)
        if found is None:
            return None
        y, part = found
        if y is None:
            break
        missing = rows @ y + offsets
        missing[active] = np.inf
        worst = np.argsort(missing, kind="stable")[:MORE]
        worst = worst[missing[worst] < -1e-12 * (1.0 + float(np.abs(y).max(initial=0.0)))]
        if not worst.size:
            break
        active = np.concatenate([active, worst])
    multipliers = np.zeros(len(rows))
    multipliers[active[: part.size]] = part
    return None if y is None else _spread(y, used), multipliers / sizes


def _spread(y: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
    """Return the point whose other coordinates, which no constraint reads, are 0."""
    whole = np.zeros(used.size)
    whole[used] = y
    return whole


def _solve(rows: FloatArray, offsets: FloatArray, norm: float) -> Answer | None:
    if len(rows) == 1:
        return _one_halfspace(rows[0], float(offsets[0]), norm)
    try:
        if norm == 2.0:
            return _least_distance(rows, offsets)
        if norm == 1.0:
            return _smallest_sum(rows, offsets) or _least_distance(rows, offsets)
        return (_smallest_maximum(rows, offsets) or _least_distance(rows, offsets)) if np.isinf(norm) else None
    except (RuntimeError, ValueError, FloatingPointError, np.linalg.LinAlgError):
        return None


def _one_halfspace(row: FloatArray, offset: float, norm: float) -> Answer:
    """The step along the dual vector: `⟨row, y⟩ = ‖row‖_q ‖y‖_p`."""
    if not row.any():
        return (None if offset < 0 else np.zeros(row.size)), np.ones(1)
    if norm == 1.0:
        direction = np.where(np.arange(row.size) == np.argmax(np.abs(row)), np.sign(row), 0.0)
    else:
        q = dual_exponent(norm)
        direction = np.sign(row) * np.abs(row / np.abs(row).max()) ** (q - 1.0)
    return direction * (max(-offset, 0.0) / float(row @ direction)), np.ones(1)


def _least_distance(rows: FloatArray, offsets: FloatArray) -> Answer:
    """Minimise `‖E u − f‖`, `E = (rowsᵀ; −offsetsᵀ)`, `f = (0, …, 0, 1)`, over u ≥ 0: then `y = −r_{1…d}/r_{d+1}`."""
    scale = float(np.abs(offsets).max(initial=0.0)) or 1.0
    table = np.concatenate([rows.T, -offsets[None, :] / scale])
    target = np.zeros(len(table))
    target[-1] = 1.0
    multipliers, _ = nnls(table, target, maxiter=50 * len(rows))
    rest = table @ multipliers - target
    if not rest[-1] < -1e-13:
        return None, multipliers
    return -rest[:-1] / rest[-1] * scale, multipliers


def _smallest_maximum(rows: FloatArray, offsets: FloatArray) -> Answer | None:
    d = rows.shape[1]
    box = np.concatenate([np.concatenate([np.eye(d), -np.eye(d)]), -np.ones((2 * d, 1))], axis=1)
    table = np.concatenate([np.concatenate([-rows, np.zeros((len(rows), 1))], axis=1), box])
    cost = np.append(np.zeros(d), 1.0)
    return _linear(cost, table, np.append(offsets, np.zeros(2 * d)), [(None, None)] * (d + 1), (d, len(rows)))


def _smallest_sum(rows: FloatArray, offsets: FloatArray) -> Answer | None:
    d = rows.shape[1]
    found = _linear(
        np.ones(2 * d), np.concatenate([-rows, rows], axis=1), offsets, [(0, None)] * (2 * d), (2 * d, len(rows))
    )
    return None if found is None else (found[0][:d] - found[0][d:], found[1])


def _linear(
    cost: FloatArray, table: FloatArray, right: FloatArray, bounds: list[tuple[int | None, None]], take: tuple[int, int]
) -> tuple[FloatArray, FloatArray] | None:
    found = linprog(cost, A_ub=table, b_ub=right, bounds=bounds, method="highs")
    if found.status != 0:
        return None
    return np.asarray(found.x)[: take[0]], -np.asarray(found.ineqlin.marginals)[: take[1]]
