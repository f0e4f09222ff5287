"""What pruning works on: images and lengths in units of the distance Δ that the map keeps, and affine scores there."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.distance import cdist

from logwidth.construct.plan import Plan, Prototypes
from logwidth.norms import dual_exponent, lengths
from logwidth.rounding import float_format, gamma_upper
from logwidth.separation import nearest_opposite
from logwidth.types import FloatArray, IntArray

LEAST = 1e-12
KNEE = 1e-8  # where |x| is rounded off for the descent
STEEP = 16.0  # the power that stands for the largest entry in the descent
SHARE = 0.1
ALONE, TOGETHER = 128, 2048  # samples of a class that is looked at by itself; of smaller ones together
CHUNK = 1 << 18  # entries of the points that are looked at at a time: they stay in the cache


def pairwise(W: FloatArray, V: FloatArray, power: float) -> FloatArray:
    """Return `‖w_s − v_j‖_q` `(len(W), len(V))`, q = `power`."""
    if power != 2.0:
        metric = {"metric": "chebyshev"} if np.isinf(power) else {"metric": "minkowski", "p": power}
        return np.asarray(cdist(W, V, **metric))
    squares = (-2.0 * W) @ V.T
    squares += (W * W).sum(axis=1)[:, None]
    squares += (V * V).sum(axis=1)
    np.maximum(squares, 0.0, out=squares)
    return np.asarray(np.sqrt(squares, out=squares))


def row_lengths(U: FloatArray, power: float) -> FloatArray:
    """Return `‖u‖_q` of the rows `(n,)`, q = `power`."""
    if power == 2.0:
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", U, U)))
    return np.asarray(lengths(U, power))


def smooth_lengths(U: FloatArray, power: float) -> FloatArray:
    """Return lengths of rows `(n,)` that are at least `‖u‖_q`, nearly equal and differentiable.

    q = 1: `Σ √(u² + ε)`; q = ∞: the norm of power 16; else the norm itself.
    """
    if power == 2.0:
        return np.asarray(np.sqrt(np.maximum(np.einsum("ij,ij->i", U, U), LEAST)))
    if power == 1.0:
        return np.asarray(np.sqrt(U * U + KNEE).sum(axis=1))
    largest, _, total = _shares(U, power)
    return np.asarray((largest * total ** (1.0 / min(power, STEEP)))[:, 0])


def length_slopes(U: FloatArray, length: FloatArray, power: float) -> FloatArray:
    """Return the gradients `(n, m)` of :func:`smooth_lengths`, whose values are `length`."""
    if power == 2.0:
        return np.asarray(U / length[:, None])
    if power == 1.0:
        return np.asarray(U / np.sqrt(U * U + KNEE))
    q, (_, shares, total) = min(power, STEEP), _shares(U, power)
    return np.asarray(np.sign(U) * shares ** (q - 1.0) * total ** (1.0 / q - 1.0))


def _shares(U: FloatArray, power: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the largest entry of each row, all in shares of it, and the sum of their powers."""
    largest = np.abs(U).max(axis=1, keepdims=True) + LEAST
    shares = np.abs(U) / largest
    return largest, shares, (shares ** min(power, STEEP)).sum(axis=1, keepdims=True) + LEAST


@dataclass(frozen=True, eq=False)
class PruningProblem:
    """Images `(N, m)` and radius `sigma` in units of Δ, with `labels` `(N,)`; own scores must lead by `gap` (Δ²).

    A lead shrinks on a ball by `sigma` times the ℓq length of the difference of two weights, q = `power`. One opposite
    sample is `near` each `(N,)`; None where that is not known.
    """

    images: FloatArray
    labels: IntArray
    sigma: float
    gap: float
    power: float = 2.0
    near: IntArray | None = None

    @classmethod
    def of(cls, plan: Plan) -> "PruningProblem":
        """Return the problem of a plan; the gap is a share of the `Δ(Δ − 2σ)` that the Voronoi cells leave.

        Where the float format asks for clearly more, as with many features, the gap is that, up to half of all.
        """
        images = plan.points @ plan.matrix.T / plan.distance
        images = images - images.mean(axis=0)
        sigma = plan.radius / plan.distance
        room, asked = 1.0 - 2.0 * sigma, _asked_by_floats(plan, images)
        gap = SHARE * room if asked <= 2 * SHARE * room else min(asked, room / 2)
        return cls(images, plan.labels, sigma, gap, dual_exponent(plan.norm), plan.near)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return int(self.labels.max()) + 1

    @cached_property
    def balls(self) -> tuple[FloatArray, FloatArray]:
        """Centres `(n_classes, m)` and radii `(n_classes,)` of balls around the samples of each class, or 0."""
        sizes = np.bincount(self.labels)
        sums = [np.bincount(self.labels, column) for column in self.images.T]
        centres = np.stack(sums, axis=1) / np.maximum(sizes, 1)[:, None]
        radii, step = np.zeros(len(sizes)), max(1, CHUNK // centres.shape[1])
        for start in range(0, len(self.labels), step):
            labels = self.labels[start : start + step]
            away = self.images[start : start + step] - centres[labels]
            np.maximum.at(radii, labels, np.sqrt(np.einsum("ij,ij->i", away, away)))
        return centres, radii

    def nearest(self) -> IntArray:
        """Return an opposite sample near each: those that are known, else the nearest in the image."""
        return nearest_opposite(self.images, self.labels).neighbor if self.near is None else self.near

    @property
    def groups(self) -> list[range]:
        """Neighbouring classes that are looked at together: small ones share products, a large one stands alone."""
        groups, held = [range(0)], 0
        for label, size in enumerate(np.bincount(self.labels).tolist()):
            if size >= ALONE or held + max(size, 1) > TOGETHER:
                groups.append(range(label, label))
                held = 0
            groups[-1] = range(groups[-1].start, label + 1)
            held += size if size < ALONE else TOGETHER
        return [group for group in groups if group]


def _asked_by_floats(plan: Plan, images: FloatArray) -> float:
    """Return about the lead, in Δ², that a certificate asks of near pieces in the plan's format; an estimate with room.

    Twice the errors of two scores, each `γ_{m+3}` of its terms, bias and running maximum, and of the first layer,
    `γ_{d+5} Σ|T x|` a coordinate, along a difference of four Δ.
    """
    d, m, unit = plan.points.shape[1], images.shape[1], float_format(plan.dtype).unit
    axes = np.linalg.eigh(images.T @ images)[1]
    along = images @ axes
    terms = (2.0 * np.abs(along - along[0]) * (along - along.min(axis=0) + 0.5)).sum(axis=1).max()
    positive, parts = np.abs(plan.matrix.T), np.array_split(plan.points, 1 + plan.points.size // CHUNK)
    entered = np.linalg.norm(np.max([(np.abs(rows) @ positive).max(axis=0) for rows in parts], axis=0)) / plan.distance
    return 2.0 * float(8.0 * gamma_upper(m + 3, unit) * terms + 8.0 * gamma_upper(d + 5, unit) * entered)


@dataclass(frozen=True, eq=False)
class Scores:
    """Affine scores `a_s(z) = ⟨weights_s, z⟩ + biases_s`, of `classes` `(P,)`; `seeds` are the samples they grew from."""

    weights: FloatArray
    biases: FloatArray
    classes: IntArray
    seeds: IntArray

    @classmethod
    def voronoi(cls, problem: PruningProblem, seeds: IntArray) -> "Scores":
        """Return the scores `2⟨c, z⟩ − ‖c‖²` of samples."""
        return cls.at(problem.images[seeds], problem.labels[seeds], seeds)

    @classmethod
    def at(cls, centres: FloatArray, classes: IntArray, seeds: IntArray) -> "Scores":
        """Return the scores `2⟨c, z⟩ − ‖c‖²` of any centres `(P, m)`."""
        return cls(2.0 * centres, -(centres * centres).sum(axis=1), classes, seeds)

    @property
    def size(self) -> int:
        """Number P of scores."""
        return int(self.biases.size)

    def take(self, which: IntArray) -> "Scores":
        """Return some of the scores."""
        return Scores(self.weights[which], self.biases[which], self.classes[which], self.seeds[which])

    def joined(self, other: "Scores") -> "Scores":
        """Return both."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("weights", "biases", "classes", "seeds"))
        return Scores(*(np.concatenate(pair) for pair in pairs))

    def prototypes(self, plan: Plan, problem: PruningProblem) -> Prototypes:
        """Return the same pieces as centres and offsets in the units of the data.

        A centre lies at its seed's sample plus a vector of the map's row space, so that a score that never moved is that
        of the sample itself; where none moved, no point is copied.
        """
        centres = 0.5 * self.weights
        offsets = self.biases + (centres * centres).sum(axis=1)
        steps, gap = centres - problem.images[self.seeds], problem.gap * plan.distance**2
        moved = np.flatnonzero(steps.any(axis=1))
        if not moved.size:
            return Prototypes(plan.points, offsets * plan.distance**2, self.classes, gap, rows=self.seeds)
        points = plan.points[self.seeds]
        points[moved] += (steps[moved] * plan.distance) @ plan.matrix
        return Prototypes(points, offsets * plan.distance**2, self.classes, gap)


def members(first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Return the numbers from `first[k]` on, `count[k]` of them, for each k after each other: the k's and the numbers."""
    begin = np.cumsum(count) - count
    item = np.repeat(np.arange(len(count)), count)
    return item, np.arange(len(item)) + (first - begin)[item]
