"""What a recognised network requires of the balls: the protocols that every form keeps to, below the forms themselves."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import Domain, FirstLayer
from logwidth.certify.leads.leads import Leads
from logwidth.certify.leads.pieces import Comparison

FloatArray = NDArray[np.float64]


class BallTest(Protocol):
    """A requirement on balls that measures itself, for the samples whose label value is in `values`."""

    @property
    def values(self) -> frozenset[float]:
        """The label values of the samples that it is about."""

    def measure(self, domain: Domain, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of the balls around `points` `(n, d)`."""


class Form(Protocol):
    """A recognised network: which comparisons of affine pieces on the balls imply the right output."""

    @property
    def name(self) -> str:
        """The name of the construction."""

    @property
    def rule(self) -> str:
        """How labels are read off: 'exact' or 'rounded'."""

    @property
    def first(self) -> FirstLayer:
        """The first layer as stored."""

    def comparisons(self, domain: Domain) -> tuple[Sequence[Comparison | BallTest], dict[str, float]]:
        """Return what must hold on the balls, and the constants of the rounding bound."""
