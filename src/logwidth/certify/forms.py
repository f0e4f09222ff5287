"""The network forms that certificates know."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.cell_reader import read_cells
from logwidth.certify.collapse_reader import read_collapse
from logwidth.certify.first_layer import Domain, FirstLayer
from logwidth.certify.folded_form import read_folded
from logwidth.certify.fused_form import fused_form
from logwidth.certify.lanes_reader import read_lanes
from logwidth.certify.leads import Leads
from logwidth.certify.list_form import read_list
from logwidth.certify.mixed_reader import read_mixed_register
from logwidth.certify.nearest_reader import read_chebyshev, read_separable
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.certify.parallel_form import read_parallel
from logwidth.certify.parked_reader import read_parked_lists
from logwidth.certify.pieces import Comparison
from logwidth.certify.register_form import read_register
from logwidth.certify.sawtooth_reader import read_sawtooth
from logwidth.certify.telescope_form import read_telescope
from logwidth.network import FusedNetwork, ReluNetwork

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


READERS: dict[str, Callable[[ReluNetwork], Form]] = {
    "register": read_register,
    "collapse": read_collapse,
    "telescope": read_telescope,
    "parallel": read_parallel,
    "lanes": read_lanes,
    "cells": read_cells,
    "sawtooth": read_sawtooth,
    "list": read_list,
    "parked lists": read_parked_lists,
    "chebyshev": read_chebyshev,
    "separable": read_separable,
    "mixed register": read_mixed_register,
    "folded": read_folded,
}


def recognise(network: ReluNetwork | FusedNetwork) -> Form:
    """Return the form of a stored network; a fused network says itself what it is.

    Raises UnrecognisedNetworkError with every reader's reason when none knows it.
    """
    if isinstance(network, FusedNetwork):
        return fused_form(network)
    reasons = []
    for name, read in READERS.items():
        try:
            return read(network)
        except (UnrecognisedNetworkError, ArithmeticError) as problem:
            reasons.append(f"{name}: {problem}")
    raise UnrecognisedNetworkError("the network has no known form (" + "; ".join(reasons) + ")")
