"""Cells: few halfspaces that hold a sample's ball and keep every ball of given other classes out (theorem T5c)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.errors import InputError
from logwidth.norms import lengths
from logwidth.types import FloatArray, IntArray

NEAREST = 64


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
