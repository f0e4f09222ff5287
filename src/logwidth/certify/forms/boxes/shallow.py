"""Reading a list of boxes all at once: one unit a side, nothing to subtract inside a box, too much outside of it (T14)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.boxes.corners import Corners, Snapping
from logwidth.certify.forms.boxes.form import BoxList, BoxTest
from logwidth.certify.forms.shared.coded_runs import single_features
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import Domain, FirstLayer
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import FusedNetwork
from logwidth.rounding import float_format
from logwidth.types import BoolArray, FloatArray, IndexArray

MOST_RANK = 2.0**20
LIFT = 2.0**900
SMALL_BIAS = 2.0**30  # times the least normal number: a bias beyond it swallows what a product loses by underflow


@dataclass(frozen=True, eq=False, repr=False)
class ShallowBoxForm(Recognised):
    """What the stored layers say: `h_u = ReLU(a_u x_f(u) + b_u)`, scores `ρ_t − Σ h_u` over the sides of box t, a default 0.

    `found` are the boxes in real inputs, in the order of their ranks ρ. `first` stands for the first layer in bounds on what
    may overflow, since that clips on purpose: a unit for each feature read, with the steepest slope and a large bias.
    `largest_bias` is that of the first layer as stored, `most_sides` the largest number of sides of a box.
    """

    name = "fused boxes"
    rule = "exact"
    first: FirstLayer
    found: BoxList
    largest_bias: float
    most_sides: int

    def boxes(self) -> BoxList:
        """Return the boxes in real inputs."""
        return self.found

    def inputs_upper(self) -> float:
        """Return a power of two L: for all `|x_j| ≤ L` no score overflows; 0 where there is none."""
        zoom = 1.0 if self.first.scales is None else float(self.first.scales.max())
        room = self.first.format.largest / (4 * (self.most_sides + 1)) - self.largest_bias
        least = min(room / float(self.first.T.max()), self.first.format.largest / (4 * max(zoom, 1.0)))
        return float(2.0 ** (np.frexp(least)[1] - 2)) if least > 0 else 0.0

    def comparisons(self, domain: Domain) -> tuple[list[BoxTest], dict[str, float]]:
        """Return what must hold on the balls; no rounding is left to bound.

        Where all sides of box t give 0 its computed score is exactly ρ_t. Where one gives `max ρ + 1` or more, the computed
        score is at most that of this side alone, since the other terms are not positive and rounding keeps order: −1 or
        less. So the largest score is that of the last box that holds, or the 0 of the default, in any order of summation.
        """
        if not (float(domain.sizes.max()) + self.largest_bias) * (self.most_sides + 1) * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("a score may overflow")
        values = np.unique(np.append(self.found.values, self.found.default)).tolist()
        return [BoxTest(self.found, frozenset([v])) for v in values], {"boxes": float(self.found.values.size)}


def read_shallow_boxes(network: FusedNetwork) -> ShallowBoxForm:
    """Return the form of a fused network of boxes; raise UnrecognisedNetworkError where it departs from it.

    Units of the first layer read one feature each, times a power of two of either sign. Scores have weights 0 and −1 and
    whole numbers ρ as biases, of which no two classes share one; just one score, the default, is the constant 0.
    """
    weights = network.first.dense().astype(np.float64)
    bias, kind = network.first.bias.astype(np.float64), float_format(network.dtype)
    features, slopes = single_features(weights)
    if not ((np.abs(slopes) >= 1) | (bias == 0) | (np.abs(bias) >= kind.tiny * SMALL_BIAS)).all():
        raise UnrecognisedNetworkError("layer 1 has a bias so small that an underflow could be seen beside it", 1)
    sides, ranks, values = _scores(network)
    zoom = np.ones(len(slopes)) if network.first.input_scales is None else network.first.input_scales[features]
    snapping = Snapping(features, np.abs(slopes) / zoom, bias, zoom, network.dtype)
    used = np.unique(features)
    corners = _corners(snapping, slopes > 0, sides, used, ranks.max() + 1)
    steep = [np.where(features == f, np.abs(slopes), 0.0).max() * (np.arange(network.n_inputs) == f) for f in used]
    lifted = np.full(used.size, min(kind.largest / 16, LIFT))
    first = FirstLayer(np.array(steep), lifted, (), kind, network.first.input_scales)
    order = np.argsort(ranks, kind="stable")
    ends = Corners(*(c[order] for c in (corners.inside_low, corners.inside_high, corners.outside_low, corners.outside_high)))
    found = BoxList(used, ends, values[0][order], values[1])
    return ShallowBoxForm(first, found, float(np.abs(bias).max()), int(sides.sum(axis=1).max()))


def _scores(network: FusedNetwork) -> tuple[BoolArray, FloatArray, tuple[FloatArray, float]]:
    """Return which sides `(P, H)` each box has, their ranks ρ `(P,)`, and their values with that of the default."""
    table, ranks = network.scores.dense(), network.scores.bias.astype(np.float64)
    values = np.repeat(np.array(network.values, dtype=np.float64), network.sizes)
    if not ((table == 0) | (table == -1)).all():
        raise UnrecognisedNetworkError("a score has other weights than 0 and −1", 2)
    constant = ~(table != 0).any(axis=1)
    if constant.sum() != 1 or ranks[constant][0] != 0:
        raise UnrecognisedNetworkError("not just one score is constant, and 0", 2)
    sides, codes, labels = (table != 0)[~constant], ranks[~constant], values[~constant]
    whole = bool((codes == np.round(codes)).all() and len(codes) and codes.min() >= 1 and codes.max() <= MOST_RANK)
    if not whole or len(np.unique(codes)) != len(np.unique(np.stack([codes, labels]), axis=1).T):
        raise UnrecognisedNetworkError("ranks of scores are not whole numbers, of one class each", 2)
    return sides, codes, (labels, float(values[constant][0]))


def _corners(snapping: Snapping, upper: BoolArray, sides: BoolArray, used: IndexArray, top: float) -> Corners:
    """Return the corners of boxes `(P, m)` over the features `used`: where their sides give 0, and where `top` and more."""
    n, least = len(sides), np.finfo(snapping.dtype).smallest_subnormal
    inside_low, outside_low = (np.full((n, used.size), -np.inf) for _ in range(2))
    inside_high, outside_high = (np.full((n, used.size), np.inf) for _ in range(2))
    for unit in range(len(upper)):
        below, above = snapping.edges(unit, np.array([float(least), top]))
        near, far, rows = float(below[0]), float(above[1]), sides[:, unit]
        j = int(np.searchsorted(used, snapping.features[unit]))
        if upper[unit]:
            inside_high[rows, j] = np.minimum(inside_high[rows, j], near)
            outside_high[rows, j] = np.minimum(outside_high[rows, j], far)
        else:
            inside_low[rows, j] = np.maximum(inside_low[rows, j], -near)
            outside_low[rows, j] = np.maximum(outside_low[rows, j], -far)
    return Corners(inside_low, inside_high, outside_low, outside_high)
