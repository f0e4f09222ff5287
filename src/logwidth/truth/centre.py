"""The truth about one centre: a radius below which every input is read right, and an input proven to be misread."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify import BallProof, read_onnx, recognise_classifier
from logwidth.certify.leads.comparison import Comparison
from logwidth.network import ReluNetwork
from logwidth.rounding import distance_upper, down
from logwidth.truth.replay import Replay
from logwidth.types import FloatArray, IntArray

RIVALS = 6
ROOMS = (0.4, 0.7, 1.0, 4.0, 64.0)
INPUT_TOLERANCE = 1e-4


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
        try:
            u, _ = nnls(E, f)
        except RuntimeError:
            return None
        r = np.asarray(E @ u - f, dtype=np.float64)
        if abs(r[-1]) < 1e-14:
            return None
        h = -r[:-1] / r[-1]
    return None


@dataclass(frozen=True, eq=False)
class CentreTruth:
    """What is proven about the balls `B_p(point, ·)` of a stored classifier.

    On the ball of `radius_lower` the class is `label`, in any order of summation (−1: none proven). `witness` `(d,)` float32
    lies at distance at most `witness_distance` and has class `witness_label`: proven on a whole ball of radius
    `witness_radius > 0` around it, and replayed in onnxruntime with scores that lead the label's by `margin`.
    """

    label: int
    radius_lower: float
    witness: FloatArray | None = None
    witness_distance: float = np.inf
    witness_label: int = -1
    witness_radius: float = -1.0
    margin: float = 0.0
    scores: tuple[float, ...] = ()

    def unsat_to(self, norm: float, n_features: int) -> float:
        """Return the largest radius at which `unsat` is told: inputs 1e-4 outside, in every coordinate, are right too."""
        size = INPUT_TOLERANCE * (1.0 if np.isinf(norm) else n_features**0.5) * (1 + 2.0**-40)
        return down(self.radius_lower - size, 4) if self.radius_lower > size else -1.0


class TruthProver:
    """Proves truths about one ONNX file in one norm: on balls of up to about `reach` around the given points.

    Raises UnrecognisedNetworkError or UnprovableNetworkError when the file has no form that can be proven there.
    """

    def __init__(self, content: bytes, points: FloatArray, reach: float, norm: float) -> None:
        self.network: ReluNetwork = read_onnx(content).network
        self.points, self.norm = points, norm
        self.proof = BallProof(recognise_classifier(self.network), points, reach, norm)
        self.surface = Surface.of(self.proof)
        self.replay = Replay(content)

    def truths(self, labels: IntArray, rows: IntArray) -> list[CentreTruth]:
        """Return the truth about the points `rows`, whose classes are `labels[row]`."""
        values = np.asarray(labels, dtype=np.float64)
        radii = self.proof.radii(self.points, values) * (1 - 2.0**-30)  # so that other orders of summation prove them too
        return [self._truth(int(i), int(labels[i]), float(radii[i])) for i in rows]

    def _truth(self, i: int, label: int, radius: float) -> CentreTruth:
        x = self.points[i]
        best = CentreTruth(label, radius)
        if radius <= 0 or int(np.argmax(self.replay(x))) != label:
            return CentreTruth(label, -1.0)
        for gap, piece in rivals(self.surface, x, label, self.norm):
            if gap >= best.witness_distance:
                break
            found = self._beyond(x, label, radius, piece)
            if found is not None and found.witness_distance < best.witness_distance:
                best = found
        return best

    def _beyond(self, x: FloatArray, label: int, radius: float, piece: int) -> CentreTruth | None:
        """Return the truth with the nearest proven witness of one piece: asked for ever more room until the proof holds."""
        other = int(self.surface.classes[piece])
        for room in ROOMS:
            proposal = misread_input(self.surface, x, piece, room, self.norm)
            if proposal is None:
                return None
            found = self._proven(x, proposal, (label, other), radius)
            if found is not None:
                return found
        return None

    def _proven(self, x: FloatArray, proposal: FloatArray, labels: tuple[int, int], radius: float) -> CentreTruth | None:
        """Return the truth with this witness if its class is proven around it and its replay shows it."""
        label, other = labels
        point = proposal.astype(np.float32).astype(np.float64)
        around = float(self.proof.radii_anywhere(point[None, :], np.array([float(other)]))[0])
        scores = self.replay(point)
        margin = float(scores[other] - scores[label])
        if not (around > 0 and margin >= 1.0 and int(np.argmax(scores)) == other):
            return None
        distance = distance_upper(point, x, self.norm)
        if not distance > radius:
            raise AssertionError("a proven ball holds a proven misread input: one of the two proofs is wrong")
        return CentreTruth(label, radius, point, distance, other, around, margin, tuple(scores.tolist()))
