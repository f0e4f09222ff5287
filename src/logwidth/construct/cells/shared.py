"""Cells that hold many samples: sets whose hull keeps clear of all others, and halfspaces that many of these share."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.construct.hulls import hardest_first, hull_distances, widest_slab
from logwidth.errors import InputError
from logwidth.norms import lengths
from logwidth.types import BoolArray, FloatArray, IntArray

NEAREST = 64
FAILURES = 12  # of points that cannot join a halfspace, before it is left as it is
MOST_WORK = 4e10  # multiplications to compare all pairs of a class with all others: some ten seconds


@dataclass(frozen=True, eq=False)
class Cell:
    """The intersection of the halfspaces `⟨normals_j, z⟩ ≥ offsets_j`: `normals` `(n, m)`, `offsets` `(n,)`."""

    normals: FloatArray
    offsets: FloatArray


@dataclass(frozen=True)
class Room:
    """Image lengths: balls have radius `sigma`, and every ball must keep `gap` from the hyperplane that serves it.

    `norm` is the ℓp norm in which images are measured, and normals are dual vectors of differences in it: `⟨λ, u⟩ = ‖u‖_p`,
    `‖λ‖_q = 1`. For p = ∞ these are the coordinate axes.
    """

    sigma: float
    gap: float
    norm: float


def cover_class(own: FloatArray, others: FloatArray, room: Room) -> Iterator[Cell]:
    """Yield cells that hold every ball around `own` `(n, m)` and keep out all balls around `others` `(k, m)`.

    A cell grows around the first sample that no earlier cell holds. Its normals are chosen greedily among dual vectors of
    differences to the nearest others; each hyperplane is then pushed out until it touches the gap of the ball it keeps
    out, so that the cell may hold further samples. Raises InputError if some pair is closer than `2(sigma + gap)`.
    """
    waiting = np.ones(len(own), dtype=bool)
    while waiting.any():
        seed = int(np.argmax(waiting))
        cell = _grow(own[seed], others, room)
        inside = (own @ cell.normals.T - cell.offsets >= room.sigma + room.gap).all(axis=1)
        waiting &= ~inside
        waiting[seed] = False
        yield cell


def _grow(seed: FloatArray, others: FloatArray, room: Room) -> Cell:
    away = seed - others
    normals: list[FloatArray] = []
    reached: list[FloatArray] = []
    open_rows = np.arange(len(others))
    while open_rows.size:
        candidates = _candidates(away[open_rows], room.norm)
        values = away @ candidates.T
        kept_out = values[open_rows] >= 2 * (room.sigma + room.gap)
        best = int(np.argmax(kept_out.sum(axis=0)))
        if not kept_out[:, best].any():
            raise InputError("the map keeps two samples of different classes too close for separating hyperplanes")
        normals.append(candidates[best])
        reached.append(values[:, best])
        open_rows = open_rows[~kept_out[:, best]]
    serving = np.argmax(np.array(reached), axis=0)
    slack = np.array([column[serving == j].min(initial=np.inf) for j, column in enumerate(reached)])
    used = np.isfinite(slack)
    table = np.array(normals)[used]
    return Cell(table, table @ seed - (slack[used] - room.sigma - room.gap))


def _candidates(away: FloatArray, p: float) -> FloatArray:
    """Return dual vectors of the shortest differences; for p = ∞ all axes, both ways."""
    if np.isinf(p):
        return np.concatenate([np.eye(away.shape[1]), -np.eye(away.shape[1])])
    distances = lengths(away, p)
    nearest: IntArray = np.argsort(distances, kind="stable")[:NEAREST]
    shares = away[nearest] / distances[nearest, None]
    return np.asarray(np.sign(shares) * np.abs(shares) ** (p - 1.0), dtype=np.float64)


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
