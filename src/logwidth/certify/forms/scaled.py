"""Networks whose units are scaled by powers of two, read as the networks that they scale (docs/soundness.md, "Unit scales").

Divide all numbers of a scaled unit by its power of two: what is left is an evaluation of the network without scales, in
which every unit rounds to a format of its own, that of the file with other least and largest numbers. So every bound of a
form holds with the largest least and the least largest number of all units. What a proof takes for exact, products by ±2^k
with k ≥ 0, must stay exact: the stored weight is at least 1 in size.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from logwidth.certify.forms.collapse.form import CollapseForm
from logwidth.certify.leads.requirement import Form
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.errors import InputError
from logwidth.network import ReluNetwork
from logwidth.network.unit_scales import without_unit_scales
from logwidth.rounding import FloatFormat

PROVEN = ("register", "cells", "lanes", "telescope", "parallel", "collapse")


def without_scales(network: ReluNetwork) -> ReluNetwork:
    """Return the network that a stored one scales; raise UnrecognisedNetworkError where that is not exact."""
    if network.unit_exponents is None:
        return network
    try:
        plain = without_unit_scales(network)
    except InputError as problem:
        raise UnrecognisedNetworkError(str(problem)) from problem
    for number, (layer, stored) in enumerate(zip(plain.layers, network.layers, strict=True), start=1):
        fraction, power = np.frexp(np.abs(layer.weights))
        exact = (fraction == 0.5) & (power >= 1)
        if (np.abs(stored.weights[exact]) < 1).any():
            raise UnrecognisedNetworkError(f"layer {number} is scaled so that a step that must be exact may round", number)
    return plain


def with_scales(form: Form, network: ReluNetwork) -> Form:
    """Return the form that was read off a network without scales, with bounds that hold for the stored, scaled one.

    Raises UnprovableNetworkError for forms whose proofs were not gone through for units of several formats.
    """
    exponents = network.unit_exponents
    if exponents is None:
        return form
    name = getattr(form, "name", "other")
    if name not in PROVEN or (isinstance(form, CollapseForm) and len(form.stages) > 1):
        raise UnprovableNetworkError(f"scaled units are covered for {', '.join(PROVEN)} (of two classes), not for {name}")
    found: Any = form
    widened: Form = replace(found, first=replace(form.first, format=common_format(form.first.format, exponents)))
    return widened


def common_format(own: FloatFormat, exponents: tuple[Any, ...]) -> FloatFormat:
    """Return what holds in every format `2^-e` times the file's, e one of the exponents or 0.

    >>> from logwidth.rounding import float_format
    >>> half = common_format(float_format("float32"), (np.array([3, -2]),))
    >>> half.tiny == 2.0**-148, half.largest == float_format("float32").largest / 8
    (True, True)
    """
    lowest = min(0, *(int(e.min(initial=0)) for e in exponents))
    highest = max(0, *(int(e.max(initial=0)) for e in exponents))
    down, up = 2.0**-lowest, 2.0**highest
    return replace(own, tiny=own.tiny * down, largest=own.largest / up, normal=own.normal * down)
