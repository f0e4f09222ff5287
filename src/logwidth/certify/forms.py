"""The network forms that certificates know."""

from collections.abc import Callable, Sequence
from typing import Protocol

from logwidth.certify.cell_form import CellTest
from logwidth.certify.cell_reader import read_cells
from logwidth.certify.collapse_reader import read_collapse
from logwidth.certify.first_layer import Domain, FirstLayer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.certify.parallel_form import read_parallel
from logwidth.certify.pieces import Comparison
from logwidth.certify.register_form import read_register
from logwidth.certify.telescope_form import read_telescope
from logwidth.network import ReluNetwork


class Form(Protocol):
    """A recognised network: which comparisons of affine pieces on the balls imply the right output."""

    name: str
    rule: str

    @property
    def first(self) -> FirstLayer:
        """The first layer as stored."""

    def comparisons(self, domain: Domain) -> tuple[Sequence[Comparison | CellTest], dict[str, float]]:
        """Return what must hold on the balls, and the constants of the rounding bound."""


READERS: dict[str, Callable[[ReluNetwork], Form]] = {
    "register": read_register,
    "collapse": read_collapse,
    "telescope": read_telescope,
    "parallel": read_parallel,
    "cells": read_cells,
}


def recognise(network: ReluNetwork) -> Form:
    """Return the form of a stored network.

    Raises UnrecognisedNetworkError with every reader's reason when none knows it.
    """
    reasons = []
    for name, read in READERS.items():
        try:
            return read(network)
        except (UnrecognisedNetworkError, OverflowError) as problem:
            reasons.append(f"{name}: {problem}")
    raise UnrecognisedNetworkError("the network has no known form (" + "; ".join(reasons) + ")")
