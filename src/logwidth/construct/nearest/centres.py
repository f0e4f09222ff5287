"""The samples whose nearest one wins: distinct images, by class, on a grid; and the running maximum over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial.distance import cdist

from logwidth.construct.chain import Chain, Frame, Unit, build_frame
from logwidth.construct.plan import Plan, on_grid, power_above, thin_rate
from logwidth.construct.scores.prototypes import choose_prototypes
from logwidth.errors import InputError
from logwidth.network import ReluNetwork
from logwidth.norms import norm_name
from logwidth.types import FloatArray, IntArray

DEEPEST = 250_000


@dataclass(frozen=True, eq=False)
class Centres:
    """`points` `(N, m)` in the frame's coordinates, their `classes` `(N,)`, and `ticks`, by which labels rise at a class.

    `distance` is the least ℓs distance between opposite images and `sigma` the radius of a ball's image in ℓs, both in
    the frame's units; `gap` is `distance − 2 sigma` and `level` a power of two above
    twice the distance and the reach.
    """

    frame: Frame
    points: FloatArray
    classes: IntArray
    ticks: tuple[float, ...]
    distance: float
    sigma: float
    gap: float
    level: float


def centres_of(plan: Plan, power: float) -> Centres:
    """Return the distinct images of the samples, to be compared in ℓs with `s = power`.

    Raises InputError when two opposite images are no farther apart than the images of their balls reach.
    """
    pieces = choose_prototypes(replace(plan, prototypes=None), range(plan.n_classes))
    frame = build_frame(plan, pieces.chosen, [], rows=pieces.rows)
    sigma = plan.radius * frame.scale
    distance = _opposite_distance(frame.images, pieces.classes, power)
    if not distance > 2 * sigma:
        raise InputError(
            f"the l{norm_name(power)} distances of the images keep only {distance / (2 * sigma):.4g} of what balls of this "
            "radius need; --construction cells needs no more than a map that preserves the balls"
        )
    level = power_above(2 * max(distance, 0.0 if plan.reach is None else float(plan.reach.max()) * frame.scale))
    starts = np.diff(plan.values[pieces.classes], prepend=plan.values[0])
    points = on_grid(frame.images, plan.dtype, largest=level)
    return Centres(frame, points, pieces.classes, tuple(starts.tolist()), distance, sigma, distance - 2 * sigma, level)


def refuse_other_maps(plan: Plan, name: str, power: float) -> None:
    """Raise InputError unless the map is 1-Lipschitz into ℓs, `s = power`, where the distances are to be measured."""
    if plan.image_norm != power:
        raise InputError(
            f"the construction {name} needs a map whose images keep l{norm_name(power)} distances, such as the raw "
            f"features: a width above {plan.points.shape[1]}; --construction cells or chebyshev can use this map"
        )


def refuse_too_deep(name: str, layers: int, width: int, dtype: str) -> None:
    """Raise InputError when a network of so many layers would not be stored: say how large it would be."""
    size = layers * width * (width + 1) * np.dtype(dtype).itemsize
    if layers > DEEPEST or size > 2**31 - 2**20:
        raise InputError(
            f"the construction {name} would have {layers:,} layers ({size / 2**30:.1f} GiB stored), more than a file may "
            f"hold ({DEEPEST:,} layers, 2 GiB); use --construction cells, a lower --width, or fewer samples"
        )


def _opposite_distance(images: FloatArray, classes: IntArray, power: float) -> float:
    metric = {"metric": "chebyshev"} if np.isinf(power) else {"metric": "minkowski", "p": power}
    least = np.inf
    for start in range(0, len(images), 512):
        block = cdist(images[start : start + 512], images, **metric)
        block[classes[start : start + 512, None] == classes[None, :]] = np.inf
        least = min(least, float(block.min()))
    return least


@dataclass(frozen=True, eq=False)
class AffineReading:
    """An affine reading `a = ⟨z_weights, z⟩ + Σ inputs[name]·value(name) + bias` of the last layer: K less a distance."""

    z_weights: FloatArray
    bias: float
    inputs: Mapping[str, float]


@dataclass(eq=False)
class NearestSampleMaximum:
    """Layers that hold `S = max(0, a_1, …, a_t)`: `r ← ReLU(a_t − S)`, then `S ← S + r`, both exact when nothing changes.

    With a register (any number of classes) every increment r also resets the label: `κ ← ReLU(κ + inc − λ r)`. With a
    collapse (two classes, one unit less, one layer more) only class 0 raises S, and r of class 1 takes it to 0:
    `S ← ReLU(S − λ r)`. `level` is K and `gap` what the own distance leads by.
    """

    chain: Chain
    plan: Plan
    level: float
    gap: float
    collapse: bool
    begin: AffineReading | None = None
    raised: dict[str, float] = field(default_factory=dict)  # S of the next layer
    held: dict[str, float] = field(default_factory=dict)  # the maximum as the last layer holds it
    register: Unit | None = None

    @property
    def rate(self) -> float:
        """The rate λ at which an increment clears the register, or the collapsing maximum."""
        span = float(self.plan.values[-1] - self.plan.values[0])
        return thin_rate((4 * self.level if self.collapse else 16 * span) / self.gap)

    def start(self, reading: AffineReading) -> None:
        """Let the next layer hold `S = ReLU(a_1)`."""
        self.begin = reading

    def layer(self, inner: Sequence[Unit]) -> None:
        """Add a layer that carries the state, brings it up to date and holds the units `inner`."""
        self.chain.carry([*self._state(), *inner])
        self.held = {"S": 1.0}

    def test(self, reading: AffineReading, label: int, ticks: float, inner: Sequence[Unit] = ()) -> None:
        """Add a layer that also holds `r = ReLU(a − S)` for a sample of class `label`; `ticks` if its class starts here."""
        less = {name: -w for name, w in self.held.items()}
        r = Unit("r", {**reading.inputs, **less}, reading.bias, reading.z_weights)
        kept = {"k": 1.0} if self.register is not None else {}
        self.chain.carry([*self._state(), r, *inner])
        if self.collapse and label == 1:
            self.raised, self.held = {"S": 1.0, "r": -self.rate}, {"S": 1.0}
        else:
            self.raised = self.held = {"S": 1.0, "r": 1.0}
        if not self.collapse:
            self.register = Unit("k", {**kept, "r": -self.rate}, ticks)

    def _state(self) -> list[Unit]:
        """Return S and κ of the next layer."""
        units = []
        if self.begin is not None:
            units.append(Unit("S", self.begin.inputs, self.begin.bias, self.begin.z_weights))
            self.begin, self.raised = None, {"S": 1.0}
        elif self.raised:
            units.append(Unit("S", self.raised))
            self.raised = {"S": 1.0}
        if self.register is not None:
            units.append(self.register)
            self.register = Unit("k", {"k": 1.0})
        return units

    def finish(self) -> ReluNetwork:
        """Add the last layers and return the network."""
        values = self.plan.values
        if not self.collapse:
            assert self.register is not None
            return self.chain.finish([self.register], Unit("label", {"k": -1.0}, float(values[-1])))
        self.chain.last([Unit("S", self.raised)])
        miss = Unit("miss", {"S": -4.0 / self.level}, 1.0)
        return self.chain.finish([miss], Unit("label", {"miss": float(values[1] - values[0])}, float(values[0])))
