"""Certifying a stored network on a data set, on a domain that grows where balls reach beyond it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.balls.ball_proof import BallProof
from logwidth.certify.balls.witness import Witness, find_witnesses
from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.forms.fused import FusedForm, narrow_form, radius_before_rounding, radius_of_rounded
from logwidth.certify.leads.first_layer import NEAR, clip_radius_lower
from logwidth.certify.leads.requirement import Form
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.dataset import Dataset
from logwidth.display import OneLine
from logwidth.errors import InputError
from logwidth.network import FusedNetwork, ReluNetwork
from logwidth.norms import parse_norm
from logwidth.rounding import check_arithmetic
from logwidth.types import FloatArray, IndexArray

WIDEN, WIDER = 1.25, 160  # larger radii are sought in steps of this factor, so often at most
FAR = NEAR * WIDEN**3  # radii that most samples do not exceed; a step of the narrow domain, so both lead to the same ones
INSIDE = 1 - 2.0**-12  # of the radius at which the first ReLU clips
WITNESS_TRIES = 200


def all_radii(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    ball: tuple[float, float],
    progress: Callable[[float], None] | None = None,
) -> tuple[FloatArray, dict[str, float]]:
    """Return a proven radius per point (−1: none), and the constants of the rounding bound on balls of the wanted radius.

    `labelled` holds points `(n, d)` and their label values `(n,)`; `ball = (radius, p)`. A bound that holds on a wide domain
    is as good as one on a narrow domain, and tells more; only where it falls short of `radius`, or the domain would be
    clipped, is the narrow one asked. Raises UnprovableNetworkError where there is no domain at all.
    """
    points, (radius, norm) = labelled[0], ball
    near = BallProof(form, points, radius, norm)
    radii, reach = np.full(len(points), -1.0), FAR * radius
    clip = clip_radius_lower(form.first, points, norm)
    rows = np.flatnonzero(clip * INSIDE > reach)
    if rows.size:
        radii[rows] = _on_domain(form, labelled, rows, (radius, norm, reach), progress)
    left = np.flatnonzero(radii < radius)
    if left.size:
        radii[left] = np.maximum(radii[left], near.radii(*labelled, rows=left, progress=progress))
    for ended, start in ((left, near.domain.reach), (rows, reach)):
        radii = farther(form, labelled, radii, ended[radii[ended] >= start], (radius, norm, start), clip)
    return radii, near.constants


def farther(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    radii: FloatArray,
    rows: IndexArray,
    ball: tuple[float, float, float],
    clip: FloatArray | None = None,
) -> FloatArray:
    """Return `radii` `(n,)`, larger for those `rows` that are proven on wider domains, made for the rows that are left.

    `labelled` holds points `(n, d)` and their label values `(n,)`; `ball = (radius, p, reach)`: wider than `reach`.
    `clip` `(n,)` are the radii at which the first ReLU clips, from below, where they are known.
    """
    radius, norm, reach = ball
    radii = radii.copy()
    if clip is None:
        clip = np.full(len(radii), -1.0)
        clip[rows] = clip_radius_lower(form.first, labelled[0][rows], norm)
    for _ in range(WIDER):
        reach *= WIDEN
        rows = rows[clip[rows] * INSIDE > reach]
        if not rows.size:
            break
        radii[rows] = np.maximum(radii[rows], _on_domain(form, labelled, rows, (radius, norm, reach)))
        rows = rows[radii[rows] >= reach]
    return radii


def _on_domain(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    rows: IndexArray,
    ball: tuple[float, float, float],
    progress: Callable[[float], None] | None = None,
) -> FloatArray:
    """Return proven radii of some rows, up to `reach`, on a domain around them; −1 where that cannot be had."""
    try:
        proof = BallProof(form, labelled[0], *ball, rows)
    except UnprovableNetworkError:
        return np.full(len(rows), -1.0)
    return proof.radii(*labelled, rows=rows, progress=progress)


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
