"""The truth about one centre: a radius below which every input is read right, and an input that is read wrong."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify import BallProof, read_onnx, recognise_classifier
from logwidth.network import ReluNetwork
from logwidth.rounding import distance_upper, down
from logwidth.truth.misread import ROOMS, Surface, misread_input, rivals
from logwidth.truth.replay import Replay
from logwidth.types import FloatArray, IntArray

INPUT_TOLERANCE = 1e-4


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
