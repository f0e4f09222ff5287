"""Reading a chain's label off all its scores at once, where they prove what the chain returns, or one score leads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.balls.ball_proof import BallProof
from logwidth.certify.forms.boxes.form import BoxForm
from logwidth.certify.forms.fused import FusedForm
from logwidth.certify.forms.shared.running_maximum import Scores
from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer
from logwidth.certify.leads.pieces import dot_error
from logwidth.certify.leads.requirement import Form
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.runs.box_fusion import BoxFusion, fuse_boxes
from logwidth.compute.threads import thread_pool
from logwidth.dataset import Dataset
from logwidth.display import OneLine
from logwidth.network import AffineLayer, FusedNetwork, ReluNetwork, class_maxima, first_values
from logwidth.network.fused import values_and_maxima
from logwidth.rounding.tensors import lives_elsewhere
from logwidth.types import BoolArray, FloatArray

BINADES = 4  # rows whose coordinates are within this many powers of two share the bounds of the proof
USUAL = 2.0**8  # twins that are off by more roundings than this were clipped, or would loosen the bounds of other rows


@runtime_checkable
class ScoresForm(Form, Protocol):
    """A form whose label is that of the largest score: it asks for nothing else than leads of scores."""

    def scores(self) -> Scores:
        """Return the pieces with their label values."""

    def comparisons(self, domain: Domain) -> tuple[Sequence[Comparison], dict[str, float]]:
        """Return which scores must lead which, and the constants of the rounding bound."""


@dataclass(frozen=True, eq=False, repr=False)
class Fusion(OneLine):
    """A recognised chain, its first layer as stored, and the fused network of its stored pieces."""

    form: ScoresForm
    scores: Scores
    entry: AffineLayer
    network: FusedNetwork

    def _line(self) -> list[str]:
        return [f"{self.form.name} read all at once", repr(self.network)]

    def read(self, points: Any) -> tuple[FloatArray, BoolArray]:
        """Return, per row of `points` `(n, d)`, the fused network's label value, and whether the row is *clear*.

        The first layer is computed as the chain's, in some order of summation. On a clear row the chain, going on from there
        in any order of summation, returns that label (exactly, or as the nearest one, by the form's rule): the computed lead
        of its class exceeds `required` (docs/theory.md, section 8). Tensors of torch and arrays of CuPy are multiplied where
        they live; whether a row is clear is decided here, in float64.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            values, maxima = self._values_and_maxima(points)
        finite = np.isfinite(values).all(axis=1) & np.isfinite(maxima).all(axis=1)
        label, lead = _leading(np.where(finite[:, None], maxima, 0.0), from_zero=self.scores.from_zero)
        clear, scale = np.zeros(len(points), dtype=bool), np.frexp(values.max(axis=1, initial=0.0))[1] // BINADES
        for group in np.unique(scale[finite]):
            rows = np.flatnonzero(finite & (scale == group))
            clear[rows] = self._clear(values[rows].astype(np.float64), lead[rows])
        return np.array(self.network.values)[label], clear

    def _values_and_maxima(self, points: Any) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        if lives_elsewhere(points):
            return values_and_maxima(self.entry, self.network, points)
        values = first_values(self.entry, points)
        with thread_pool() as pool:
            return values, class_maxima(self.network, values[:, : self.form.first.m], pool)

    def _clear(self, values: FloatArray, lead: FloatArray) -> BoolArray:
        first, clear = self.form.first, np.zeros(len(values), dtype=bool)
        z, twins = values[:, : first.m], values[:, first.m :]
        off = _twin_errors(first, z, twins)
        rows = np.flatnonzero(
            (off <= USUAL * first.format.unit * _size(first, z)).all(axis=1) & (z[:, 0] * SLOP**2 <= self.scores.ceiling)
        )
        if rows.size:
            try:
                clear[rows] = lead[rows] > self.required(domain_of(first, z[rows], off[rows]))
            except (UnprovableNetworkError, UnrecognisedNetworkError, ArithmeticError):
                return clear
        return clear

    def required(self, domain: Domain) -> float:
        """Return a computed lead of one class over all others that proves the chain's label on `domain`.

        What the form's comparisons ask for, and the errors of two of this network's scores.
        """
        comparisons, constants = self.form.comparisons(domain)
        chain = max(c.lead + c.carry * constants["score_upper"] + 2 * c.highest_error for c in comparisons)
        model, pieces = dot_error(domain), self.scores.pieces
        own = model.factor * pieces.magnitude(domain.upper) + model.floor
        return (chain + 2 * own + self.scores.drift_upper(domain.upper)) * SLOP


def fuse(network: ReluNetwork, form: Form) -> Fusion | BoxFusion:
    """Return the fused network of the pieces, or the boxes, that `form` recognised in `network`, in its format.

    Raises UnrecognisedNetworkError for forms that do not look for the largest score.
    """
    if isinstance(form, BoxForm):
        return fuse_boxes(form, network.n_inputs)
    if not isinstance(form, ScoresForm):
        raise UnrecognisedNetworkError(f"the form {form.name} has no class-wise maximum of scores")
    scores, kind = form.scores(), np.dtype(network.dtype)
    order = np.argsort(scores.values, kind="stable")
    values, sizes = np.unique(scores.values, return_counts=True)
    pieces = scores.pieces.take(order)
    weights, biases = pieces.weights.astype(kind), pieces.biases.astype(kind)
    unit, tiny = form.first.format.unit, form.first.format.tiny
    rounded = (np.abs(weights - pieces.weights) <= unit * np.abs(pieces.weights)).all()
    if not (rounded and (np.abs(biases - pieces.biases) <= unit * np.abs(pieces.biases) + tiny).all()):
        raise UnrecognisedNetworkError("a score is no number of the network's format")
    first = AffineLayer.from_dense(form.first.T.astype(kind), form.first.b.astype(kind))
    first = first if form.first.scales is None else replace(first, input_scales=form.first.scales)
    layer = AffineLayer.from_dense(weights, biases)
    fused = FusedNetwork(first, layer, tuple(sizes.tolist()), tuple(values.tolist()))
    return Fusion(form, scores, network.hidden[0], fused)


def domain_of(first: FirstLayer, z: FloatArray, twin_errors: FloatArray) -> Domain:
    """Return what is known when the coordinates are `z` `(n, m)`, as computed, and the twins off by `twin_errors` `(n, k)`.

    Nothing else about the inputs matters: the layers after the first read these numbers only.
    """
    nothing, off = np.zeros(first.m), twin_errors.max(axis=0) * SLOP
    lower, upper = z.min(axis=0), z.max(axis=0) * SLOP
    return Domain(first, 2.0, 0.0, nothing, off, nothing, lower, upper, upper, np.zeros(first.T.shape[1]))


def _twin_errors(first: FirstLayer, z: FloatArray, twins: FloatArray) -> FloatArray:
    """Return by how much the computed twins `(n, k)` differ from the ReLU of their coordinates, shifted."""
    errors = np.zeros_like(twins)
    for k, (j, offset) in enumerate(first.twins):
        shifted = np.maximum(z[:, j] + (offset - first.b[j]), 0.0)
        errors[:, k] = np.abs(twins[:, k] - shifted) + 2.0**-50 * _size(first, z)[:, k]
    return errors


def _size(first: FirstLayer, z: FloatArray) -> FloatArray:
    """Return the sizes `(n, k)` of the numbers whose difference a twin is."""
    carriers, offsets = [j for j, _ in first.twins], np.array([offset for _, offset in first.twins])
    sizes: FloatArray = z[:, carriers] + np.abs(offsets) + np.abs(first.b[carriers])
    return sizes


def _leading(maxima: NDArray[np.floating], *, from_zero: bool) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the class of the largest maximum per row of `(n, C)`, and its lead over the others (and over 0)."""
    label, rows = np.argmax(maxima, axis=1), np.arange(len(maxima))
    others = maxima.astype(np.float64)
    others[rows, label] = -np.inf
    second = others.max(axis=1)
    best = maxima[rows, label].astype(np.float64)
    return label, best - (np.maximum(second, 0.0) if from_zero else second)


def led_by_one(form: Form, data: Dataset, radius: float) -> bool:
    """Return whether on every ball `B_2(x_i, radius)` one score of the label is proven to lead all scores of others.

    `form` is that of a network that is certified for these balls. For most forms the certificate asks for just that; for
    successive tests of three or more classes, where a ball may pass two tests by two pieces, it is proven anew from the
    scores as stored. False also where nothing is proven.
    """
    if not isinstance(form, ScoresForm):
        return False
    try:
        scores = form.scores()
        if scores.one_leader:
            return True
        led = FusedForm(form.first, scores.pieces, scores.values, one_leader=True)
        found = BallProof(led, data.points, radius, 2.0).radii(data.points, data.values[data.labels])
    except (UnprovableNetworkError, UnrecognisedNetworkError, ArithmeticError):
        return False
    return bool((found >= radius).all())
