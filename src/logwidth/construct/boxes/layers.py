"""The layers of lists of boxes on whole numbers: these first, one register, one running minimum a lane (theorem T14)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.types import FloatArray, IntArray

BITS = {"float32": 24, "float64": 53}
FRONT = 3  # layers that make whole numbers
Side = tuple[int, int, float]


@dataclass(frozen=True, eq=False)
class Snap:
    """`w_j = clip(fl(s_j x_j + b_j) − B, 0, M)`, whole numbers, with `B = 2^(p−1)`, `M = 2^(p−2)` in a format of p bits.

    Between B and 2B the floats are the whole numbers, so the sum is rounded to one. `scales` s `(d,)` are powers of two,
    `offsets` b `(d,)` numbers of the format, `used` `(d,)` says which features are not constant.
    """

    dtype: str
    scales: FloatArray
    offsets: FloatArray
    used: IntArray

    @property
    def base(self) -> float:
        """B."""
        return 2.0 ** (BITS[self.dtype] - 1)

    @property
    def most(self) -> float:
        """M."""
        return 2.0 ** (BITS[self.dtype] - 2)

    @classmethod
    def of(cls, points: FloatArray, dtype: str) -> "Snap":
        """Return the finest one whose whole numbers hold all `points` `(n, d)`.

        Raises InputError where no power of two in the format does.
        """
        low, high = points.min(axis=0), points.max(axis=0)
        used = np.flatnonzero(high > low)
        scales, offsets = np.ones(points.shape[1]), np.zeros(points.shape[1])
        for j in used.tolist():
            scales[j], offsets[j] = _fitted(float(low[j]), float(high[j]), dtype)
        return cls(dtype, scales, offsets, used)

    def slack(self, points: FloatArray) -> FloatArray:
        """Return how far `(d,)` a threshold may end up from where it is wanted, with the rounding of inputs.

        Two whole numbers, and a few of the format's steps at the largest input.
        """
        step = np.spacing(np.abs(points).max(axis=0).astype(self.dtype)).astype(np.float64)
        return np.asarray(2.0 / self.scales + 4.0 * step)

    def whole(self, thresholds: FloatArray, *, upper: bool) -> FloatArray:
        """Return the whole numbers for thresholds `(…, d)`: with `upper` the largest inside, else the smallest inside.

        Infinite ones stay as they are.
        """
        inside = self.scales * thresholds + self.offsets - self.base
        return np.floor(inside) if upper else np.ceil(inside)


def _fitted(low: float, high: float, dtype: str) -> tuple[float, float]:
    """Return the largest power of two s, and b, for which `fl(s x + b)` of both ends lies in [B + 1, B + M − 1]."""
    kind = np.dtype(dtype).type
    base, most = kind(2.0 ** (BITS[dtype] - 1)), kind(2.0 ** (BITS[dtype] - 2))
    exponent = np.floor(np.log2(float(most) - 2.0) - np.log2(high - low))
    for step in range(4):
        s = float(2.0 ** (exponent - step))
        with np.errstate(over="ignore", invalid="ignore"):
            ends = kind(s) * np.array([low, high], dtype=dtype)
            b = kind(float(base) + 1.0 - float(ends[0]))
            for _ in range(3):
                z = ends + b
                if z[0] >= base + kind(1) and z[1] <= base + most - kind(1):
                    return s, float(b)
                b = np.nextafter(b, kind(np.inf))
    raise InputError(f"a feature between {low!r} and {high!r} has too little room in {dtype} for boxes")


@dataclass(frozen=True, eq=False)
class Run:
    """The boxes of one class: whole numbers `lower ≤ w ≤ upper` `(P, m)`, infinite where there is no side; its code."""

    lower: FloatArray
    upper: FloatArray
    code: float

    def boxes(self) -> list[list[Side]]:
        """Return the sides of every box: `(j, 1, θ)` for `w_j ≥ θ`, `(j, −1, θ)` for `w_j ≤ θ`."""
        found = []
        for low, high in zip(self.lower, self.upper, strict=True):
            below = [(j, 1, float(low[j])) for j in np.flatnonzero(np.isfinite(low)).tolist()]
            found.append(below + [(j, -1, float(high[j])) for j in np.flatnonzero(np.isfinite(high)).tolist()])
        return found


def shared_out(sizes: Sequence[int], lanes: int) -> list[list[int]]:
    """Return which of the boxes with so many sides each lane takes: the largest first, to the lane with least to do.

    >>> shared_out([2, 6, 4, 3], 2)
    [[1, 0], [2, 3]]
    """
    found: list[list[int]] = [[] for _ in range(lanes)]
    load = np.zeros(lanes)
    for k in sorted(range(len(sizes)), key=lambda k: (-sizes[k], k)):
        lane = int(np.argmin(load))
        found[lane].append(k)
        load[lane] += sizes[k]
    return found


def longest(sizes: Sequence[int], lanes: int) -> int:
    """Return the number of sides in the longest lane."""
    return max(sum(sizes[k] for k in lane) for lane in shared_out(sizes, lanes))


@dataclass(frozen=True)
class _Unit:
    """A step `ReLU(Σ weights_j w_j + bias + before · x)` of a lane; `test` says that it ends a box."""

    weights: dict[int, float]
    bias: float
    before: float
    test: bool


_IDLE = _Unit({}, 0.0, 0.0, test=False)


def _steps(sides: Sequence[Side]) -> list[_Unit]:
    """Return the steps of a box, `l_t − l_{t−1} + x` and at the end `l_n − x`; every l is at least 1 exactly inside."""
    affine = [(j, float(sign), (1.0 - theta) if sign > 0 else (theta + 1.0)) for j, sign, theta in sides]
    units = []
    for t in range(1, len(affine)):
        (i, a, c), (j, b, e) = affine[t - 1], affine[t]
        weights = {j: b}
        weights[i] = weights.get(i, 0.0) - a
        units.append(_Unit(weights, e - c, 1.0 if t > 1 else 0.0, test=False))
    j, b, e = affine[-1]
    return [*units, _Unit({j: b}, e, -1.0 if units else 0.0, test=True)]


@dataclass(eq=False)
class WholeNumberLayers:
    """Layers under construction: the m whole numbers first, then units of lanes, at the end the register.

    `register` says how the next layer reads the register off the last one.
    """

    snap: Snap
    read: IntArray
    lanes: int
    rate: float
    layers: list[AffineLayer] = field(default_factory=list)
    register: dict[int, float] = field(default_factory=dict)

    @property
    def m(self) -> int:
        """Number of features read."""
        return int(self.read.size)

    def start(self, code: float) -> None:
        """Add `z = s x + b`, `y = ReLU(B + M − z)`, `w = ReLU(M − y)` and the register, which begins with a code."""
        snap, m = self.snap, self.m
        turned = [{j: -1.0} for j in range(m)]
        rows = [{int(j): float(snap.scales[j])} for j in self.read]
        self.layers.append(AffineLayer.from_rows(len(snap.scales), rows, snap.offsets[self.read].tolist(), snap.dtype))
        self.layer(turned, [snap.base + snap.most] * m, copied=0)
        self.layer([*turned, {}], [*[snap.most] * m, code], copied=0)
        self.register = {m: 1.0}

    def layer(self, rows: Sequence[dict[int, float]], bias: Sequence[float], copied: int | None = None) -> None:
        """Add a layer that copies the first `copied` units, by default the whole numbers, and has the units `rows`."""
        kept = self.m if copied is None else copied
        self.layers.append(AffineLayer.from_rows(self.layers[-1].n_outputs, rows, bias, self.snap.dtype, kept))

    def close(self, code: float, *, last: bool) -> None:
        """End a class: where the register is 0, one of its tests held, and the register becomes the code."""
        kept = 0 if last else self.m
        self.layer([self.register], [0.0], copied=kept)
        self.layer([{kept: -1.0}, {kept: 1.0}], [1.0, 0.0], copied=kept)
        self.register = {kept: code, kept + 1: 1.0}

    def finish(self, shift: float) -> ReluNetwork:
        """Return the network, whose output is the register plus a constant."""
        self.layer([self.register], [shift], copied=0)
        return ReluNetwork(tuple(self.layers[:-1]), self.layers[-1])


class BoxLayers(WholeNumberLayers):
    """The layers of a decision list of boxes: every lane holds one running minimum."""

    def add(self, run: Run, *, last: bool) -> None:
        """Add the layers of a run: afterwards the register holds the run's code where a box of it holds."""
        m, q, boxes = self.m, self.lanes, run.boxes()
        lanes = [[unit for k in lane for unit in _steps(boxes[k])] for lane in shared_out([len(b) for b in boxes], q)]
        for t in range(max(len(lane) for lane in lanes)):
            units = [lane[t] if t < len(lane) else _IDLE for lane in lanes]
            rows = [unit.weights | ({m + k: unit.before} if unit.before else {}) for k, unit in enumerate(units)]
            self.layer([*rows, self.register], [*(unit.bias for unit in units), 0.0])
            self.register = {m + q: 1.0, **{m + k: -self.rate for k, unit in enumerate(units) if unit.test}}
        self.close(run.code, last=last)
