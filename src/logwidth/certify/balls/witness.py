"""Looking for an input of a ball on which the stored network gives another label."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset import Dataset
from logwidth.display import OneLine
from logwidth.network import FusedNetwork, ReluNetwork, evaluate, fused_labels
from logwidth.rounding import fraction
from logwidth.types import FloatArray

RIVALS = 8
FRACTIONS = (1.0 - 2.0**-20, 0.99, 0.9)


@dataclass(frozen=True, repr=False)
class Witness(OneLine):
    """An input inside the ball (checked exactly), representable in the network's format, and the output found there."""

    point: list[float]
    output: float

    def _line(self) -> list[str]:
        return [f"an input of {len(self.point):,} features", f"output {self.output!r}"]


def find_witnesses(
    network: ReluNetwork | FusedNetwork, data: Dataset, rows: Sequence[int], ball: tuple[float, float], rule: str
) -> dict[int, Witness]:
    """Return witnesses against samples `rows` on the balls of `ball = (radius, p)`, where any are found.

    Tried are the centre and points towards the nearest samples of other classes, evaluated by NumPy in the network's own
    format, all together; what is wrong there must be wrong alone too. Membership in the ball is decided in exact rationals.
    """
    found: dict[int, Witness] = {}
    with np.errstate(all="ignore"):
        blocks = [_candidates(data, i, *ball).astype(network.dtype) for i in rows]
        finite = [block[np.isfinite(block).all(axis=1)] for block in blocks]
        if not finite:
            return found
        outputs = np.split(outputs_of(network, np.concatenate(finite)), np.cumsum([len(block) for block in finite])[:-1])
        for i, block, output in zip(rows, finite, outputs, strict=True):
            witness = _confirmed(network, data, i, block[_wrong(output, data, i, rule)], ball, rule)
            if witness is not None:
                found[i] = witness
    return found


def _confirmed(
    network: ReluNetwork | FusedNetwork,
    data: Dataset,
    i: int,
    points: NDArray[np.floating],
    ball: tuple[float, float],
    rule: str,
) -> Witness | None:
    for point in points:
        inside = in_ball(point.astype(np.float64), data.points[i], *ball)
        output = outputs_of(network, point[None, :]) if inside else None
        if output is not None and _wrong(output, data, i, rule)[0]:
            return Witness(point.astype(np.float64).tolist(), float(output[0]))
    return None


def outputs_of(network: ReluNetwork | FusedNetwork, points: NDArray[np.floating]) -> FloatArray:
    """Return the output, a label's value, at each of `points` `(n, d)`, as `(n,)`; of fused networks NaN on overflow."""
    if isinstance(network, FusedNetwork):
        return fused_labels(network, points)
    return evaluate(network, points)[:, 0].astype(np.float64)


def _wrong(outputs: FloatArray, data: Dataset, i: int, rule: str) -> NDArray[np.bool_]:
    differs: NDArray[np.bool_] = outputs != data.values[data.labels[i]]
    return differs if rule == "exact" else _misread(outputs, data, i)


def _misread(outputs: FloatArray, data: Dataset, i: int) -> NDArray[np.bool_]:
    nearest = np.argmin(np.abs(outputs[:, None] - data.values[None, :]), axis=1)
    wrong: NDArray[np.bool_] = (nearest != data.labels[i]) | ~np.isfinite(outputs)
    return wrong


def _candidates(data: Dataset, i: int, radius: float, norm: float) -> FloatArray:
    centre = data.points[i]
    others = data.points[data.labels != data.labels[i]]
    shift = others - centre
    shift /= np.abs(shift).max(initial=np.finfo(np.float64).tiny)
    distances = np.linalg.norm(shift, ord=norm, axis=1)
    nearest = np.argsort(distances, kind="stable")[:RIVALS]
    towards = shift[nearest] / distances[nearest, None]
    steps = [centre + radius * f * towards for f in FRACTIONS]
    return np.concatenate([centre[None, :], *steps])


def in_ball(point: FloatArray, centre: FloatArray, radius: float, norm: float) -> bool:
    """Return whether `‖point − centre‖_p ≤ radius`, decided exactly for p ∈ {1, 2, ∞}; for other p a safe False."""
    gaps = [abs(fraction(a) - fraction(c)) for a, c in zip(point, centre, strict=True)]
    limit = fraction(radius)
    if norm == 2.0:
        return sum((g * g for g in gaps), Fraction(0)) <= limit * limit
    if norm == 1.0:
        return sum(gaps, Fraction(0)) <= limit
    if np.isinf(norm):
        return max(gaps) <= limit
    largest = max(gaps)
    if largest == 0 or largest > limit:
        return largest == 0
    return float(np.linalg.norm([float(g / largest) for g in gaps], ord=norm)) * float(largest) <= radius * (1 - 2.0**-30)
