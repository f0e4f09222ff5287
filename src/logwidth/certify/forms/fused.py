"""Proving the fused network: every score at once, the class of the largest; also in a narrower format."""

from dataclasses import dataclass, replace

import numpy as np

from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import Scores, exact_integers
from logwidth.certify.leads.comparison import Comparisons
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.errors import InputError, did_you_mean
from logwidth.network import FusedNetwork
from logwidth.rounding import FloatFormat
from logwidth.types import FloatArray

TWICE = 1 + 2.0**-12  # a number rounded to float32 first, and then to F: (1 + 2^-24)(1 + u) - 1 is less than this times u
FLUSHED = 2.0**-124  # more than what a product and a sum lose where float32's subnormal numbers become 0
FORMATS = {
    "float16": FloatFormat("float16", 2.0**-11 * TWICE, 2.0**-24, 65504.0, 2.0**-14),
    "bfloat16": FloatFormat("bfloat16", 2.0**-8 * TWICE, FLUSHED, 2.0**127, 2.0**-126),
}


@dataclass(frozen=True, eq=False, repr=False)
class FusedForm(Recognised):
    """What the stored file says: the scores with their label `values` `(P,)`, integers that the format holds.

    With `one_leader` a proof must show one score of the label that leads all others; the label alone does not need it.
    """

    name = "fused"
    rule = "exact"
    first: FirstLayer
    pieces: Pieces
    values: FloatArray
    one_leader: bool = False

    def scores(self) -> Scores:
        """Return the pieces with their label values."""
        return Scores(self.pieces, self.values, one_leader=self.one_leader)

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        A computed score is one dot product of m products and a bias: it errs by at most `E_t`. If some s leads an opposite
        j by `E_s + E_j` and more, the computed s exceeds the computed j in any order of summation. If every opposite j has
        such an s, of whatever class, the largest computed score is none of theirs; maxima and the choice among them round
        nothing. So the class is the sample's, and its stored value is returned as it is.
        """
        model, size = dot_error(domain), self.pieces.magnitude(domain.upper)
        if not size * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("a score may overflow")
        largest = max(self.pieces.largest_value(domain.lower, domain.upper), self.pieces.drop(domain.lower, domain.upper))
        error = (model.factor * (size + 2 * largest) + model.stored * largest + model.floor) * SLOP
        strict, narrow = domain.first.format.tiny, domain.first.narrow
        if narrow is not None and not size * 2 < narrow.largest:
            raise UnprovableNetworkError(f"a score may overflow in {narrow.name}")
        found = Comparisons.of_classes(self.pieces, self.values, strict, error, any_leader=not self.one_leader)
        return found, {"score_error": error, "score_upper": largest, "lead": strict}


def fused_form(network: FusedNetwork) -> FusedForm:
    """Return the form of a fused network; raise UnrecognisedNetworkError when its label values are no exact integers."""
    exact_integers(network.values, network.dtype)
    weights, biases = network.scores.dense().astype(np.float64), network.scores.bias.astype(np.float64)
    pieces = Pieces(weights, biases, np.zeros(network.n_pieces))
    return FusedForm(read_first_layer(network.first, []), pieces, np.repeat(network.values, network.sizes))


def narrow_form(form: FusedForm, arithmetic: str) -> FusedForm:
    """Return the form of a fused network with the bounds of narrow arithmetic.

    Raises InputError for another format, or where a weight, a bias or a label value is no number of it.
    """
    if arithmetic not in FORMATS:
        known = f"{did_you_mean(arithmetic, FORMATS)}; known are: {', '.join(FORMATS)}"
        raise InputError(f"unknown arithmetic {arithmetic!r}{known}")
    if form.first.format.name != "float32":
        raise InputError(f"arithmetic in {arithmetic} is covered for networks in float32, not in {form.first.format.name}")
    stored = form.first.T if form.first.scales is None else form.first.T / form.first.scales  # what the file holds
    parts = (stored, form.first.b, form.pieces.weights, form.pieces.biases, form.values)
    if not all(_holds(part, arithmetic) for part in parts):
        raise InputError(f"a weight, a bias or a label value is no number of {arithmetic}; fuse with --storage {arithmetic}")
    flushed = replace(form.first.format, tiny=FLUSHED)
    return replace(form, first=replace(form.first, format=flushed, narrow=FORMATS[arithmetic]))


def _holds(numbers: FloatArray, arithmetic: str) -> bool:
    """Return whether all numbers are finite ones of the format, none of them subnormal in float32."""
    if arithmetic == "float16":
        with np.errstate(over="ignore"):
            return bool((numbers.astype(np.float16).astype(np.float64) == numbers).all())
    single = numbers.astype(np.float32)
    whole = (single == numbers).all() and not (single.view(np.uint32) & 0xFFFF).any() and np.isfinite(single).all()
    return bool(whole and (np.abs(single[single != 0]) >= np.finfo(np.float32).smallest_normal).all())


def radius_of_rounded(form: FusedForm, points: FloatArray, norm: float, radius: float) -> FloatArray:
    """Return, per point `(n, d)`, the radius of a ball that holds all rounded features of its ball of `radius`."""
    unit, shift = _shift(form.first, points, norm)
    return ((1 + unit) * radius + shift) * SLOP


def radius_before_rounding(form: FusedForm, points: FloatArray, norm: float, radii: FloatArray) -> FloatArray:
    """Return, per point, a radius whose ball stays within `radii` `(n,)` when features are rounded (−1: none)."""
    unit, shift = _shift(form.first, points, norm)
    found = (radii - shift * SLOP) / ((1 + unit) * SLOP**2)
    return np.where((radii > 0) & (found > 0), found, -1.0)


def _shift(first: FirstLayer, points: FloatArray, norm: float) -> tuple[float, FloatArray]:
    """Return u, and `u ‖x_i‖_p + η d^(1/p)` from above; rows are scaled first, so that no power under- or overflows.

    Of features that the file reads undivided, rounding loses η where they are read.
    """
    narrow = first.narrow
    assert narrow is not None
    tiny = narrow.tiny * (1.0 if first.scales is None else max(1.0, float((1 / first.scales).max())))
    largest = np.abs(points).max(axis=1, initial=0.0)
    scaled = points / np.where(largest > 0, largest, 1.0)[:, None]
    lengths = np.linalg.norm(scaled, ord=norm, axis=1) * largest * SLOP
    return narrow.unit, narrow.unit * lengths + tiny * points.shape[1] ** (1 / norm) * SLOP
