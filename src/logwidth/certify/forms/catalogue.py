"""The network forms that certificates know."""

from collections.abc import Callable

from logwidth.certify.forms.balls.reader import read_balls
from logwidth.certify.forms.boxes.reader import read_boxes
from logwidth.certify.forms.boxes.shallow import read_shallow_boxes
from logwidth.certify.forms.cells.form import read_cells
from logwidth.certify.forms.collapse.reader import read_collapse
from logwidth.certify.forms.decision_list import read_list
from logwidth.certify.forms.folded.form import read_folded
from logwidth.certify.forms.fused import fused_form
from logwidth.certify.forms.lanes import read_lanes
from logwidth.certify.forms.lattice.reader import read_lattice
from logwidth.certify.forms.mixed import read_mixed_register
from logwidth.certify.forms.nearest.reader import read_chebyshev, read_separable
from logwidth.certify.forms.parallel import read_parallel
from logwidth.certify.forms.parked_lists import read_parked_lists
from logwidth.certify.forms.register import read_register
from logwidth.certify.forms.sawtooth.reader import read_sawtooth
from logwidth.certify.forms.scaled import with_scales, without_scales
from logwidth.certify.forms.telescope import read_telescope
from logwidth.certify.leads.requirement import Form
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import FusedNetwork, ReluNetwork

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
    "boxes": read_boxes,
    "lattice": read_lattice,
    "balls": read_balls,
    "folded": read_folded,
}


def recognise(network: ReluNetwork | FusedNetwork) -> Form:
    """Return the form of a stored network; a fused network says itself what it is.

    Units scaled by powers of two are read as those that they scale, in formats that allow for it.

    Raises UnrecognisedNetworkError when no reader knows it, with the reason of the one that came farthest.
    """
    if isinstance(network, FusedNetwork):
        try:
            return read_shallow_boxes(network)
        except UnrecognisedNetworkError:
            return fused_form(network)
    return with_scales(_read(without_scales(network)), network)


def _read(network: ReluNetwork) -> Form:
    farthest = UnrecognisedNetworkError("")
    for name, read in READERS.items():
        try:
            return read(network)
        except UnrecognisedNetworkError as problem:
            if problem.layer > farthest.layer or not str(farthest):
                farthest = UnrecognisedNetworkError(f"{name}: {problem}", problem.layer)
        except ArithmeticError:  # a number of the network overflows where this form would compute with it
            continue
    raise UnrecognisedNetworkError(f"the network has no known form; the nearest is {farthest}", farthest.layer)
