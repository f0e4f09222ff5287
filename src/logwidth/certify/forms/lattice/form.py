"""Proving lattices: no ball crosses a wall, and the label of its cell is what the memory holds for its key (T17)."""

from dataclasses import dataclass, replace

import numpy as np

from logwidth.certify.forms.lattice.memory import Memory
from logwidth.certify.forms.lattice.walls import Wall
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, images_of, row_norms_upper
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import Approach, Leads, OnlyMeasured
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.norms import dual_exponent
from logwidth.rounding import Dyadic
from logwidth.types import BoolArray, FloatArray, IndexArray, IntArray

BLOCK_ENTRIES = 1 << 20


@dataclass(frozen=True, eq=False)
class Lattice:
    """Walls as arrays `(W,)`: their coordinate, between which computed numbers they lie, what the key gets below them."""

    coordinates: IndexArray
    low: FloatArray
    high: FloatArray
    weights: IntArray
    memory: Memory

    @classmethod
    def of(cls, walls: list[Wall], memory: Memory) -> "Lattice":
        """Return the arrays of some walls."""
        numbers = np.array([(wall.low, wall.high) for wall in walls])
        coordinates = np.array([wall.coordinate for wall in walls], dtype=np.intp)
        weights = np.array([wall.weight for wall in walls], dtype=np.int64)
        return cls(coordinates, numbers[:, 0], numbers[:, 1], weights, memory)


@dataclass(frozen=True, eq=False)
class LatticeTest(OnlyMeasured):
    """On the ball of a sample with the label value in `values` no wall may be crossed, and its cell must have that value."""

    lattice: Lattice
    values: frozenset[float]
    compares = False

    def measure(self, meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`: how far the nearest wall is, in cells of the value.

        `computed z_j ≤ low` where `(T x + b)_j + radius ‖T_j‖_q + error ≤ low`, and above alike.
        """
        found = np.concatenate([self._radii(meter.domain, points[rows]) for rows in _blocks(self, points)] or [np.zeros(0)])
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, domain: Domain, points: FloatArray) -> FloatArray:
        images, image_error = images_of(domain.first, points)
        far, below = self._distances(images, (domain.error + image_error) * SLOP, _lipschitz(domain))
        nearest = np.minimum(far.min(axis=1) / SLOP, domain.reach)
        (value,) = self.values
        right = self.lattice.memory.values(below @ self.lattice.weights) == value
        return np.where(right & (nearest >= 0), nearest, -1.0)

    def _distances(self, images: FloatArray, margin: FloatArray, lipschitz: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return how far `(n, W)` the walls are from images `(n, m)`, less a margin, and below which walls these lie."""
        at, wall = images[:, self.lattice.coordinates], self.lattice
        under, over = wall.low - at, at - wall.high
        below = under >= over
        slack = np.where(below, under, over) - (margin[wall.coordinates] + 2.0**-50 * np.abs(wall.high))
        return slack / lipschitz[wall.coordinates], below

    def approach(self, meter: LeadMeter, points: FloatArray, *, rounded: bool) -> Approach:
        """Return how far the nearest wall is, and the shortest step across one behind which the value is another one."""
        parts = [self._approach(meter.domain, points[rows], rounded=rounded) for rows in _blocks(self, points)]
        lower, step, length = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("radius_lower", "step", "length")
        )
        return Approach(lower, step, length, 0, len(points) * len(self.lattice.weights))

    def _approach(self, domain: Domain, points: FloatArray, *, rounded: bool) -> Approach:
        images, image_error = images_of(domain.first, points)
        lattice, lipschitz = self.lattice, _lipschitz(domain)
        margin = (domain.error + image_error) * SLOP
        _, below = self._distances(images, margin, lipschitz)
        flipped = (below @ lattice.weights)[:, None] + np.where(below, -lattice.weights, lattice.weights)
        (value,) = self.values
        other = lattice.memory.values(flipped.ravel()).reshape(flipped.shape) != value
        at = images[:, lattice.coordinates]
        across = np.where(below, lattice.high - at, lattice.low - at)
        across += np.where(below, 1, -1) * (margin[lattice.coordinates] if rounded else 0.0)
        length = np.where(other, np.abs(across) / lipschitz[lattice.coordinates], np.inf)
        rows, nearest = np.arange(len(points)), np.argmin(length, axis=1)
        ways = _shortest(domain.first.T, domain.norm)[lattice.coordinates[nearest]]
        found = replace(
            Approach.unlimited(*points.shape),
            radius_lower=self._radii(domain, points) if rounded else self._real_radii(images, image_error, lipschitz),
        )
        known = np.isfinite(length[rows, nearest])
        steps = np.where(known[:, None], across[rows, nearest, None] * ways, 0.0)
        lengths = np.where(known, np.linalg.norm(steps, ord=domain.norm, axis=1), np.inf)
        return replace(found, step=steps, length=lengths)

    def _real_radii(self, images: FloatArray, image_error: FloatArray, lipschitz: FloatArray) -> FloatArray:
        """Return the radii within which no wall is crossed in real arithmetic, −1 in cells of another value."""
        far, below = self._distances(images, image_error, lipschitz)
        (value,) = self.values
        right = self.lattice.memory.values(below @ self.lattice.weights) == value
        nearest = far.min(axis=1) / SLOP
        return np.where(right & (nearest >= 0), nearest, -1.0)

    def broken(self, z: Dyadic) -> bool:
        """Return whether `z` lies in a cell of another value; False on a wall, where nothing is known."""
        lattice, image = self.lattice, z.rationals()
        below = np.array([image[j] <= low for j, low in zip(lattice.coordinates, lattice.low.tolist(), strict=True)])
        above = np.array([image[j] >= high for j, high in zip(lattice.coordinates, lattice.high.tolist(), strict=True)])
        if not (below | above).all():
            return False
        return float(lattice.memory.values(np.array([below @ lattice.weights]))[0]) not in self.values


def _blocks(test: LatticeTest, points: FloatArray) -> list[slice]:
    step = max(1, BLOCK_ENTRIES // max(1, len(test.lattice.weights)))
    return [slice(start, start + step) for start in range(0, len(points), step)]


def _lipschitz(domain: Domain) -> FloatArray:
    """Return the Lipschitz constants of the coordinates, rounded up; a constant one cannot be crossed."""
    found = row_norms_upper(domain.first.T, dual_exponent(domain.norm)) * SLOP
    return np.where(found > 0, found, 2.0**-1000)


def _shortest(T: FloatArray, norm: float) -> FloatArray:
    """Return for every row `T_j` the shortest s `(m, d)` with `⟨T_j, s⟩ = 1` in the norm, up to rounding."""
    size = np.abs(T) / np.maximum(np.abs(T).max(axis=1, keepdims=True), 2.0**-1000)
    if norm == 1.0:
        rows = np.where(np.arange(T.shape[1]) == np.argmax(size, axis=1)[:, None], np.sign(T), 0.0)
    else:
        rows = np.sign(T) * (size ** (dual_exponent(norm) - 1.0) if np.isfinite(norm) else 1.0)
    along = (rows * T).sum(axis=1, keepdims=True)
    return np.asarray(rows / np.where(along > 0, along, 1.0))


@dataclass(frozen=True, eq=False, repr=False)
class LatticeForm(Recognised):
    """What the stored layers say: walls along coordinates, and the memory of labels over keys."""

    name = "lattice"
    rule = "exact"
    first: FirstLayer
    walls: tuple[Wall, ...]
    memory: Memory

    def comparisons(self, domain: Domain) -> tuple[list[LatticeTest], dict[str, float]]:
        """Return what must hold on the balls. Behind the walls every sum is one of whole numbers that the format holds.

        Raises UnprovableNetworkError where a wall's unit may overflow.
        """
        for wall in self.walls:
            reach = wall.slope * float(domain.upper[wall.coordinate])
            if not (reach - wall.bias) * 2 < self.first.format.largest:
                raise UnprovableNetworkError(f"a wall of coordinate {wall.coordinate} may overflow in the float format")
        lattice = Lattice.of(list(self.walls), self.memory)
        values = self.memory.table_values.tolist()
        costs = {"walls": float(len(self.walls)), "stretches of keys": float(self.memory.pieces)}
        return [LatticeTest(lattice, frozenset([v])) for v in values], costs
