"""The nearest inputs that a recognised network reads as another class: proposals, to be proven by someone else."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify import BallProof
from logwidth.certify.leads.comparison import Comparison
from logwidth.types import FloatArray, IntArray

RIVALS = 6
ROOMS = (0.4, 0.7, 1.0, 4.0, 64.0)


@dataclass(frozen=True, eq=False)
class Surface:
    """The scores of a recognised network over its inputs: `a_t(x) = ⟨G_t, x⟩ + k_t`, the class of each, and the lead."""

    G: FloatArray
    k: FloatArray
    classes: IntArray
    lead: float

    @classmethod
    def of(cls, proof: BallProof) -> "Surface":
        """Return the surface that the comparisons of a proof speak of: each class's own pieces, once."""
        found = [c for c in proof.comparisons if isinstance(c, Comparison) and len(c.values) == 1]
        first = proof.form.first
        weights = np.concatenate([c.own.weights for c in found])
        biases = np.concatenate([c.own.biases for c in found])
        classes = np.concatenate([np.full(c.own.size, int(next(iter(c.values)))) for c in found])
        lead = max(c.lead + 2 * c.highest_error + c.carry * proof.constants["score_upper"] for c in found)
        return cls(weights @ first.T, biases + weights @ first.b, classes, float(lead))


def rivals(surface: Surface, x: FloatArray, label: int, norm: float) -> list[tuple[float, int]]:
    """Return `(distance, piece)` of pieces of other classes, nearest first: no input nearer than that lets it overtake.

    The distance is that of the hyperplane on which the piece ties with the best one of the label at `x`; a guide, in floats.
    """
    scores = surface.G @ x + surface.k
    own = int(np.flatnonzero(surface.classes == label)[np.argmax(scores[surface.classes == label])])
    lengths = np.linalg.norm(surface.G[own] - surface.G, ord=1 if np.isinf(norm) else 2, axis=1)
    gaps = (scores[own] - scores) / np.maximum(lengths, 1e-300)
    others = np.flatnonzero(surface.classes != label)
    nearest = others[np.argsort(gaps[others], kind="stable")][:RIVALS]
    return [(float(gaps[j]), int(j)) for j in nearest]


def misread_input(surface: Surface, x: FloatArray, piece: int, room: float, norm: float) -> FloatArray | None:
    """Return an input near `x` at which `piece` leads all pieces of other classes by `room` times what a proof needs.

    The nearest one in ℓ∞ (a linear program) or ℓ2 (a least-distance problem); None if none was found. Nothing is proven.
    """
    scores = surface.G @ x + surface.k
    others = surface.classes != surface.classes[piece]
    need = surface.lead * room - (scores[piece] - scores[others])
    step = _box_step if np.isinf(norm) else _ball_step
    h = step(surface.G[piece] - surface.G[others], need)
    return None if h is None else x + h


def _box_step(rows: FloatArray, need: FloatArray) -> FloatArray | None:
    """Return the shortest h in ℓ∞ with `rows h ≥ need`."""
    from scipy.optimize import linprog

    d = rows.shape[1]
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-300)
    bound = np.concatenate([np.eye(d), -np.eye(d)])
    table = np.concatenate(
        [
            np.column_stack([-rows / scale[:, None], np.zeros(len(rows))]),
            np.column_stack([bound, -np.ones(2 * d)]),
        ]
    )
    found = linprog(
        np.append(np.zeros(d), 1.0),
        A_ub=table,
        b_ub=np.concatenate([-need / scale, np.zeros(2 * d)]),
        bounds=[(None, None)] * d + [(0.0, None)],
        method="highs",
    )
    return None if found.x is None or found.status != 0 else np.asarray(found.x[:d], dtype=np.float64)


def _ball_step(rows: FloatArray, need: FloatArray) -> FloatArray | None:
    """Return a short h in ℓ2 with `rows h ≥ need`, by projecting on the most violated row until none is violated."""
    from scipy.optimize import nnls

    scale = np.maximum(np.linalg.norm(rows, axis=1), 1e-300)
    rows, need = rows / scale[:, None], need / scale
    active: list[int] = []
    h = np.zeros(rows.shape[1])
    for _ in range(4 * rows.shape[1]):
        slack = rows @ h - need
        worst = int(np.argmin(slack))
        if slack[worst] >= -1e-12 * max(1.0, float(np.abs(need).max())):
            return h
        if worst in active:
            return None
        active.append(worst)
        # the shortest h with rows_A h >= need_A: a least-distance problem (Lawson and Hanson, chapter 23)
        E = np.vstack([rows[active].T, need[active][None, :]])
        f = np.append(np.zeros(rows.shape[1]), 1.0)
        u, _ = nnls(E, f)
        r = np.asarray(E @ u - f, dtype=np.float64)
        if abs(r[-1]) < 1e-14:
            return None
        h = -r[:-1] / r[-1]
    return None
