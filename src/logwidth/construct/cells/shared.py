"""Cells that hold many samples: sets whose hull keeps clear of all others, and halfspaces that many of these share."""

from collections.abc import Iterator

import numpy as np

from logwidth.construct.cells.covers import Cell, Room
from logwidth.construct.hulls import hardest_first, hull_distances, widest_slab
from logwidth.types import BoolArray, FloatArray, IntArray

FAILURES = 12  # of points that cannot join a halfspace, before it is left as it is
MOST_WORK = 4e10  # multiplications to compare all pairs of a class with all others: some ten seconds


def sharing_work(sizes: IntArray, m: int) -> float:
    """Return about the multiplications that telling which pairs can share a cell takes, classes of `sizes` in order."""
    earlier = np.cumsum(sizes) - sizes
    return float((earlier * sizes.astype(np.float64) ** 2).sum() * (m + 1))


def shared_cells(own: FloatArray, others: FloatArray, room: Room) -> list[Cell]:
    """Return cells that hold every ball around `own` `(n, m)` and keep out all balls around `others` `(k, m)`, in ℓ2.

    A set of samples can share a cell iff every other sample is farther than `2 sigma` from their hull. Sets grow greedily
    from the hardest sample on. The halfspaces of a set come from the points of its hull nearest to the hull of some others:
    as many others join as the room allows. Every halfspace keeps `gap` from the balls on both of its sides.
    """
    reach = 2.0 * (room.sigma + room.gap)
    sets = list(_sets(own, others, reach))
    cells = [Cell(*_halfspaces(own[rows], others, reach)) for rows in sets]
    holds = np.array([(own @ c.normals.T - c.offsets >= room.sigma + room.gap).all(axis=1) for c in cells])
    for k, rows in enumerate(sets):
        holds[k, rows] = True
    return [cells[k] for k in needed(holds, [len(c.offsets) for c in cells])]


def _sets(own: FloatArray, others: FloatArray, reach: float) -> Iterator[IntArray]:
    """Yield sets of rows of `own` that cover all, each with a hull farther than `reach` from all `others`."""
    together = _can_share(own, others, reach)
    waiting = np.ones(len(own), dtype=bool)
    for seed in hardest_first(own, others):
        if not waiting[seed]:
            continue
        waiting[seed] = False
        members, allowed = [int(seed)], together[seed] & waiting
        normals = own[seed] - others
        normals /= np.linalg.norm(normals, axis=1)[:, None]
        nearest = np.argsort(((own - own[seed]) ** 2).sum(axis=1), kind="stable")
        for i in nearest.tolist():
            if not allowed[i]:
                continue
            joined = _joined(own[[*members, i]], others, normals, reach)
            if joined is not None:
                normals = joined
                members.append(i)
                waiting[i] = False
                allowed &= together[i] & waiting
        yield np.array(members, dtype=np.int64)


def _joined(hull: FloatArray, others: FloatArray, normals: FloatArray, reach: float) -> FloatArray | None:
    """Return normals for a hull that has got its last point, None where it comes too near to one of the others."""
    margins = ((hull[-1] - others) * normals).sum(axis=1)
    short = np.flatnonzero(margins <= reach)
    short = short[np.argsort(margins[short], kind="stable")]
    fresh, widths = hull_distances(others[short], hull, reach)
    if not (widths > reach).all():
        return None
    normals = normals.copy()
    normals[short] = fresh
    return normals


def _can_share(own: FloatArray, others: FloatArray, reach: float) -> BoolArray:
    """Return which pairs of `own` have a segment that keeps farther than `reach` from all `others` (docs/theory.md, T12)."""
    least = np.full((len(own), len(own)), np.inf)
    for other in others:
        u = own - other
        s = np.sqrt(np.maximum((u * u).sum(axis=1) - reach * reach, 0.0))
        lifted = np.column_stack([u, s])
        np.minimum(least, lifted @ lifted.T, out=least)
    return np.asarray(least > reach * reach)


def _halfspaces(hull: FloatArray, others: FloatArray, reach: float) -> tuple[FloatArray, FloatArray]:
    """Return normals `(h, m)` and offsets `(h,)` of halfspaces around a hull that keep every other sample out."""
    normals, offsets, slabs = [], [], []
    first, widths = hull_distances(others, hull, -np.inf)
    waiting = np.ones(len(others), dtype=bool)
    while waiting.any():
        rows = np.flatnonzero(waiting)
        j = int(rows[np.argmin(widths[rows])])
        w, out = _grown(hull, others[rows], int(np.searchsorted(rows, j)), first[j], reach)
        low, high = float((hull @ w).min()), float((others[rows[out]] @ w).max())
        normals.append(w)
        offsets.append((low + high) / 2)
        slabs.append(low - high)
        waiting[rows[out]] = False
    order = np.argsort(-np.array(slabs), kind="stable")  # in a running minimum the first ones bear the errors of all
    return np.array(normals)[order], np.array(offsets)[order]


def _grown(
    hull: FloatArray, others: FloatArray, first: int, normal: FloatArray, reach: float
) -> tuple[FloatArray, BoolArray]:
    """Return a normal that keeps `first` of the others out and as many more as join, and which are kept out."""
    w, kept, refused = normal, [first], np.zeros(len(others), dtype=bool)
    out = others @ w <= (hull @ w).min() - reach
    out[first] = True
    failures = 0
    while failures < FAILURES:
        left = np.flatnonzero(~(out | refused))
        if not left.size:
            break
        k = int(left[np.argmin(others[left] @ w)])
        turned, width = widest_slab(hull, others[[*kept, k]])
        found = others @ turned <= (hull @ turned).min() - reach
        if width > reach and found.sum() > out.sum():
            w, out = turned, found
            kept.append(k)
        else:
            refused[k] = True
            failures += 1
    return w, out


def needed(holds: BoolArray, sizes: list[int]) -> list[int]:
    """Return the cells without those whose samples others hold too; `holds` `(cells, n)`, the longest is left out first."""
    counts, stays = holds.sum(axis=0), np.ones(len(sizes), dtype=bool)
    for k in sorted(range(len(sizes)), key=lambda k: -sizes[k]):
        if (counts[holds[k]] >= 2).all():
            stays[k] = False
            counts = counts - holds[k]
    return np.flatnonzero(stays).tolist()
