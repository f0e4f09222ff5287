"""What a recognised network requires of the balls, and what measuring that returns: the protocols of every form."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import Domain, FirstLayer
from logwidth.rounding import Dyadic
from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Leads:
    """Per sample: `radius_lower`, a radius at which the requirement is proven; `proven` at the wanted radius.

    `rival` is the opposite piece that limits the radius, 0 where there are no pieces.
    """

    radius_lower: FloatArray
    proven: NDArray[np.bool_]
    rival: NDArray[np.intp]

    @staticmethod
    def joined(parts: "list[Leads]") -> "Leads":
        """Return the leads of consecutive samples as one."""
        names = ("radius_lower", "proven", "rival")
        return Leads(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class Approach:
    """Per sample: `radius_lower`, proven; `step` `(n, d)`, to a point where the requirement is about to fail; its `length`.

    `length` is infinite where no such point was found. `solved` counts small programs, `pairs` what they were chosen from.
    """

    radius_lower: FloatArray
    step: FloatArray
    length: FloatArray
    solved: int
    pairs: int

    @staticmethod
    def unlimited(n: int, d: int) -> "Approach":
        """Return what is known when nothing is required."""
        return Approach(np.full(n, np.inf), np.zeros((n, d)), np.full(n, np.inf), 0, 0)

    def meet(self, rows: NDArray[np.intp], other: "Approach") -> "Approach":
        """Return both: `other` speaks of the samples `rows`."""
        lower, step, length = self.radius_lower.copy(), self.step.copy(), self.length.copy()
        lower[rows] = np.minimum(lower[rows], other.radius_lower)
        closer = other.length < length[rows]
        step[rows[closer]], length[rows[closer]] = other.step[closer], other.length[closer]
        return Approach(lower, step, length, self.solved + other.solved, self.pairs + other.pairs)


if TYPE_CHECKING:
    from logwidth.certify.leads.meter import LeadMeter

ENTRY = 64  # multiplications that an entry of the tables of scores costs beside its own dot product
PIECES = 4096  # as many pieces a requirement that compares none may be worth


class Requirement(Protocol):
    """What must hold on the balls of all samples whose label value is in `values`: it measures itself."""

    @property
    def values(self) -> frozenset[float]:
        """The label values of the samples that it is about."""

    @property
    def surely(self) -> bool:
        """Whether the steps of :meth:`approach`, `rounded`, lead to where the network in floats surely errs."""

    def measure(self, meter: "LeadMeter", points: FloatArray, radius: float) -> Leads:
        """Return proven radii of the balls around `points` `(n, d)`, −1 where none is, and which are proven at `radius`."""

    def approach(self, meter: "LeadMeter", points: FloatArray, *, rounded: bool) -> Approach:
        """Return how near the points `(n, d)` are to breaking the requirement.

        `rounded`: as the network in floats needs it; else in real arithmetic.
        """

    def broken(self, z: Dyadic) -> bool:
        """Return whether the requirement surely fails, in real arithmetic, where the coordinates are `z` `(m,)`."""

    def cuts(self, meter: "LeadMeter", n: int) -> tuple[list[int], float]:
        """Return where `n` points may be cut apart, so that no cut changes a number, and the work that each takes.

        The first place is 0; work is counted in multiplications, about.
        """


class OnlyMeasured(ABC):
    """What follows for a requirement of which only :meth:`measure` is known."""

    surely = False
    compares = True  # whether it measures leads: then the rows of the first layer must be linearly independent in l2

    @abstractmethod
    def measure(self, meter: "LeadMeter", points: FloatArray, radius: float) -> Leads:
        """Return proven radii of the balls around `points` `(n, d)`, −1 where none is, and which are proven at `radius`."""

    def approach(self, meter: "LeadMeter", points: FloatArray, *, rounded: bool) -> Approach:  # noqa: ARG002
        """Return what is proven of the network in floats; no point is known where that fails."""
        proven = self.measure(meter, points, meter.domain.reach).radius_lower
        return replace(Approach.unlimited(*points.shape), radius_lower=proven)

    def broken(self, _z: Dyadic) -> bool:
        """Return False: nothing is known to fail."""
        return False

    def cuts(self, meter: "LeadMeter", _n: int) -> tuple[list[int], float]:
        """Return no cut, and the work of many pieces."""
        return [0], float(PIECES * (meter.domain.first.m + ENTRY))


class Form(Protocol):
    """A recognised network: what must hold on the balls so that it gives the right output there."""

    @property
    def name(self) -> str:
        """The name of the construction."""

    @property
    def rule(self) -> str:
        """How labels are read off: 'exact' or 'rounded'."""

    @property
    def first(self) -> FirstLayer:
        """The first layer as stored."""

    @property
    def clips(self) -> bool:
        """Whether its first ReLU may clip: the form's bounds hold there too."""

    def domain(
        self, points: FloatArray, radius: float, norm: float, reach: float | None = None, rows: IntArray | None = None
    ) -> Domain:
        """Return what holds on the balls `B_p(x_i, reach)`, of those `rows` only if any are named.

        Without `reach` they go as far beyond `radius` as the first layer allows.
        """

    def comparisons(self, domain: Domain) -> tuple[Sequence[Requirement], dict[str, float]]:
        """Return what must hold on the balls, and the constants of the rounding bound."""
