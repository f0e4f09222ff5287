"""Certifying a stored network on a data set."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.balls.domain_growth import all_radii
from logwidth.certify.balls.witness import Witness, find_witnesses
from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.forms.fused import FusedForm, narrow_form, radius_before_rounding, radius_of_rounded
from logwidth.certify.leads.requirement import Form
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.dataset import Dataset
from logwidth.display import OneLine
from logwidth.errors import InputError
from logwidth.network import FusedNetwork, ReluNetwork
from logwidth.norms import parse_norm
from logwidth.rounding import check_arithmetic
from logwidth.types import FloatArray

WITNESS_TRIES = 200


@dataclass(frozen=True, eq=False, repr=False)
class Certification(OneLine):
    """Outcome per sample, before it is bound to files by their digests."""

    form: str
    rule: str
    status: NDArray[np.int8]
    radius_lower: FloatArray
    constants: dict[str, float]
    witnesses: dict[int, Witness] = field(default_factory=dict)
    reason: str = ""

    def _line(self) -> list[str]:
        counts = [f"{int((self.status == kind).sum()):,} {kind.name.lower()}" for kind in Outcome]
        return [f"{self.status.size:,} samples", *counts, f"{self.form}, labels {self.rule}"]


def certify(
    network: ReluNetwork | FusedNetwork,
    data: Dataset,
    radius: float,
    *,
    norm: object = 2,
    arithmetic: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Certification:
    """Decide, per sample, whether the network returns its label on the whole ball of `radius` in ℓp.

    With `arithmetic`, 'float16' or 'bfloat16', features, coordinates and scores of a fused network may be rounded to that
    format (:mod:`logwidth.certify.forms.fused`).

    The affine pieces and all constants are read from the network's layers; each ball's smallest lead is bounded below
    with every rounding of the network's format and of this computation; close calls are decided in exact rationals.
    What is not proven is attacked at its worst point: a wrong label there falsifies, otherwise the sample is undecided.

    Raises InputError for a radius that is not positive and finite, or a network that does not take the data's rows.
    """
    check_arithmetic()
    p = parse_norm(norm)
    if not (0 < radius < np.inf):
        raise InputError(f"the radius must be positive and finite, not {radius!r}")
    if network.n_inputs != data.n_features:
        raise InputError(f"the network takes {network.n_inputs} features but the data have {data.n_features}")
    rule = "rounded"
    try:
        form = recognise(network)
        rule, labelled = form.rule, (data.points, data.values[data.labels])
        if arithmetic is None:
            radii, constants = all_radii(form, labelled, (radius, p), progress)
        else:
            radii, constants = _in_narrow(form, labelled, (radius, p), arithmetic, progress)
    except (UnrecognisedNetworkError, UnprovableNetworkError, ArithmeticError) as problem:
        return _unproven(network, data, (radius, p), rule, str(problem))
    status = np.where(radii >= radius, Outcome.CERTIFIED, Outcome.UNDECIDED).astype(np.int8)
    witnesses = _attack(network, data, radius, p, np.flatnonzero(status == Outcome.UNDECIDED), form.rule)
    status[list(witnesses)] = Outcome.FALSIFIED
    return Certification(form.name, form.rule, status, radii, constants, witnesses)


def _in_narrow(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    ball: tuple[float, float],
    arithmetic: str,
    progress: Callable[[float], None] | None,
) -> tuple[FloatArray, dict[str, float]]:
    """Return radii that are proven for rounded features, coordinates and scores, and the constants of the bound."""
    if not isinstance(form, FusedForm):
        raise InputError(f"arithmetic in {arithmetic} is covered for fused networks only, not for {form.name}")
    narrow, points = narrow_form(form, arithmetic), labelled[0]
    wanted = float(radius_of_rounded(narrow, points, ball[1], ball[0]).max())
    radii, constants = all_radii(narrow, labelled, (wanted, ball[1]), progress)
    return radius_before_rounding(narrow, points, ball[1], radii), constants


def _attack(
    network: ReluNetwork | FusedNetwork, data: Dataset, radius: float, norm: float, rows: NDArray[np.intp], rule: str
) -> dict[int, Witness]:
    return find_witnesses(network, data, rows[:WITNESS_TRIES].tolist(), (radius, norm), rule)


def _unproven(
    network: ReluNetwork | FusedNetwork, data: Dataset, ball: tuple[float, float], rule: str, reason: str
) -> Certification:
    """Return what an attack finds; a network of unknown form is read by rounding, where the fewest outputs are wrong."""
    status = np.full(data.n_samples, Outcome.UNDECIDED, dtype=np.int8)
    witnesses = _attack(network, data, *ball, np.arange(data.n_samples), rule)
    status[list(witnesses)] = Outcome.FALSIFIED
    return Certification("unknown", rule, status, np.full(data.n_samples, -1.0), {}, witnesses, reason)
