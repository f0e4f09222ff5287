"""Certifying a stored network on a data set."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.first_layer import Domain, domain_around, largest_reach
from logwidth.certify.forms import BallTest, Form, recognise
from logwidth.certify.leads import LeadMeter
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.parts import Part, parts_of
from logwidth.certify.pieces import Comparison
from logwidth.certify.reach import clip_radius_lower
from logwidth.certify.witness import Witness, find_witnesses
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.network import FusedNetwork, ReluNetwork
from logwidth.norms import parse_norm
from logwidth.separation.crew import crew
from logwidth.separation.team import team

FloatArray = NDArray[np.float64]
WITNESS_TRIES = 200
WIDEN, WIDER = 1.25, 160  # larger radii are sought in steps of this factor, so often at most


@dataclass(frozen=True, eq=False)
class Certification:
    """Outcome per sample, before it is bound to files by their digests."""

    form: str
    rule: str
    status: NDArray[np.int8]
    radius_lower: FloatArray
    constants: dict[str, float]
    witnesses: dict[int, Witness] = field(default_factory=dict)
    reason: str = ""


def certify(
    network: ReluNetwork | FusedNetwork,
    data: Dataset,
    radius: float,
    norm: object = 2,
    *,
    progress: Callable[[float], None] | None = None,
) -> Certification:
    """Decide, per sample, whether the network returns its label on the whole ball of `radius` in ℓp.

    The affine pieces and all constants are read from the network's layers; each ball's smallest lead is bounded below
    with every rounding of the network's format and of this computation; close calls are decided in exact rationals.
    What is not proven is attacked at its worst point: a wrong label there falsifies, otherwise the sample is undecided.

    Raises InputError for a radius that is not positive and finite, or a network that does not take the data's rows.
    """
    p = parse_norm(norm)
    if not (0 < radius < np.inf):
        raise InputError(f"the radius must be positive and finite, not {radius!r}")
    if network.n_inputs != data.n_features:
        raise InputError(f"the network takes {network.n_inputs} features but the data have {data.n_features}")
    rule = "rounded"
    try:
        form = recognise(network)
        rule = form.rule
        proof = BallProof(form, data.points, radius, p)
        radii = proof.radii(data.points, data.values[data.labels], progress=progress)
        ended = np.flatnonzero(radii >= proof.domain.reach)
        radii = farther(form, (data.points, data.values[data.labels]), radii, ended, (radius, p, proof.domain.reach))
    except (UnrecognisedNetworkError, UnprovableNetworkError, ArithmeticError) as problem:
        return _unproven(network, data, (radius, p), rule, str(problem))
    status = np.where(radii >= radius, Outcome.CERTIFIED, Outcome.UNDECIDED).astype(np.int8)
    witnesses = _attack(network, data, radius, p, np.flatnonzero(status == Outcome.UNDECIDED), form.rule)
    status[list(witnesses)] = Outcome.FALSIFIED
    return Certification(form.name, form.rule, status, radii, proof.constants, witnesses)


class BallProof:
    """A recognised network with the domain in which its rounding bounds hold.

    The domain reaches a little beyond `radius` where the first layer allows it, so that larger radii can be reported.
    """

    def __init__(self, form: Form, points: FloatArray, radius: float, norm: float, reach: float | None = None) -> None:
        """Bound everything on balls of radius `reach` (default: what the first layer allows, up to 1.5 radius)."""
        self.form, self.radius = form, radius
        self.domain, self.comparisons, self.constants = self._set_up(form, points, radius, norm, reach)
        self.meter = LeadMeter(self.domain)

    @staticmethod
    def _set_up(
        form: Form, points: FloatArray, radius: float, norm: float, reach: float | None
    ) -> tuple[Domain, Sequence[Comparison | BallTest], dict[str, float]]:
        reach = reach or max(radius, largest_reach(form.first, points, norm, 1.5 * radius))
        domain = domain_around(form.first, points, norm, reach)
        return domain, *form.comparisons(domain)

    def radii(
        self, points: FloatArray, values: FloatArray, *, progress: Callable[[float], None] | None = None
    ) -> FloatArray:
        """Return a proven radius ≤ the domain's reach for each point `(n, d)` with label value `values` `(n,)`.

        −1 where none is proven. The points must be those that the domain was made for.
        """
        radii = np.full(len(points), self.domain.reach)
        known = np.zeros(len(points), dtype=bool)
        parts = list(self.parts(values))
        with crew() as pool:
            found = team(pool, work=sum(part.work for part in parts)).run(prove, (self, points), parts)
            for done, (part, proven) in enumerate(zip(parts, found, strict=True), start=1):
                known[part.rows] = True
                radii[part.rows] = np.minimum(radii[part.rows], proven)
                if progress is not None:
                    progress(done / len(parts))
        radii[~known] = -1.0
        return radii

    def parts(self, values: FloatArray) -> Iterator[Part]:
        """Yield every requirement with the rows of `values` `(n,)` that it is about, in parts."""
        rows_of = rows_by_value(values)
        for number in range(len(self.comparisons)):
            requirement = self.comparisons[number]
            yield from parts_of(number, requirement, rows_of(requirement.values), self.meter)

    def measure(self, number: int, points: FloatArray) -> FloatArray:
        """Return the radii `(n,)` up to which requirement `number` is proven at `points` `(n, d)`.

        Where a bound overflows it is infinite, and proves nothing.
        """
        requirement = self.comparisons[number]
        with np.errstate(over="ignore", invalid="ignore"):
            if isinstance(requirement, Comparison):
                return self.meter.measure(requirement, points, self.radius).radius_lower
            return requirement.measure(self.domain, points, self.radius).radius_lower

    def radii_anywhere(
        self, points: FloatArray, values: FloatArray, *, progress: Callable[[float], None] | None = None
    ) -> FloatArray:
        """Return the same for any points: the radius is also limited to where the domain's bounds hold."""
        return np.minimum(self.radii(points, values, progress=progress), self.domain.room(points))


def prove(shared: tuple[BallProof, FloatArray], part: Part) -> FloatArray:
    """Return the radii that one requirement allows at some of the points."""
    proof, points = shared
    return proof.measure(part.number, points[part.rows])


def rows_by_value(values: FloatArray) -> Callable[[Iterable[float]], NDArray[np.intp]]:
    """Return a function that finds the rows, in increasing order, whose value is one of those given.

    >>> rows_by_value(np.array([5.0, 7.0, 5.0]))([5.0])
    array([0, 2])
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]

    def rows(wanted: Iterable[float]) -> NDArray[np.intp]:
        keys = np.unique(np.array(list(wanted), dtype=np.float64))
        starts, stops = (np.searchsorted(ordered, keys, side=side) for side in ("left", "right"))
        return np.sort(np.concatenate([order[:0], *(order[a:b] for a, b in zip(starts, stops, strict=True))]))

    return rows


def farther(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    radii: FloatArray,
    rows: NDArray[np.intp],
    ball: tuple[float, float, float],
) -> FloatArray:
    """Return `radii` `(n,)`, larger for those `rows` that are proven on wider domains, made for the rows that are left.

    `labelled` holds points `(n, d)` and their label values `(n,)`; `ball = (radius, p, reach)`: wider than `reach`.
    """
    (points, values), (radius, norm, reach) = labelled, ball
    radii = radii.copy()
    clip = clip_radius_lower(form.first, points, norm)
    for _ in range(WIDER):
        reach *= WIDEN
        rows = rows[clip[rows] * (1 - 2.0**-12) > reach]
        if not rows.size:
            break
        try:
            proof = BallProof(form, points[rows], radius, norm, reach)
        except UnprovableNetworkError:
            break
        radii[rows] = np.maximum(radii[rows], proof.radii(points[rows], values[rows]))
        rows = rows[radii[rows] >= reach]
    return radii


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
