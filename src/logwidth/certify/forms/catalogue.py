"""The network forms that certificates know."""

from collections.abc import Callable

from logwidth.certify.forms.cell_reader import read_cells
from logwidth.certify.forms.collapse_reader import read_collapse
from logwidth.certify.forms.decision_list import read_list
from logwidth.certify.forms.folded.form import read_folded
from logwidth.certify.forms.fused import fused_form
from logwidth.certify.forms.lanes_reader import read_lanes
from logwidth.certify.forms.mixed_reader import read_mixed_register
from logwidth.certify.forms.nearest.reader import read_chebyshev, read_separable
from logwidth.certify.forms.parallel import read_parallel
from logwidth.certify.forms.parked_reader import read_parked_lists
from logwidth.certify.forms.register import read_register
from logwidth.certify.forms.sawtooth.reader import read_sawtooth
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
