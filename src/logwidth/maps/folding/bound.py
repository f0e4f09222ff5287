"""A lower bound on how far one score leads another on a ball, sample by sample, and the gradient of its soft minimum."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix

from logwidth.maps.folding.weights import FoldWeights, ForwardPass, passed
from logwidth.types import BoolArray, FloatArray, IntArray

FLAT = 1e-18  # added to squares of gradients: two equal scores have none
NO_SHARE = 1e-14  # of the soft minimum: items below it have no gradient


@dataclass(frozen=True, eq=False)
class Items:
    """Ordered pairs of samples with a pattern each: `own` leads `other` `(M,)`; `pattern` `(M, L, K)` says of every hinge
    whether it is taken as active where its coefficient is negative.
    """

    own: IntArray
    other: IntArray
    pattern: BoolArray

    def take(self, rows: IntArray) -> "Items":
        """Return some of the items."""
        return Items(self.own[rows], self.other[rows], self.pattern[rows])


@dataclass(frozen=True, eq=False)
class SampleTerms:
    """What a bound needs of all samples: forward pass, centres of scores, slopes, and `W Wᵀ`, `W = [P; A]`."""

    forward: ForwardPass
    centres: FloatArray
    lengths: FloatArray
    slopes: FloatArray
    gram: FloatArray

    @classmethod
    def of(cls, w: FoldWeights, points: FloatArray) -> "SampleTerms":
        """Return the terms of `points` `(N, n)`."""
        forward, W = passed(w, points), np.concatenate([w.P, w.A])
        centres = forward.y + w.moves
        u = np.stack(forward.u, axis=1)
        slopes = np.clip(u * w.steep + 0.5 + w.tilts, 0.0, 1.0)
        lengths = 0.5 * (centres * centres).sum(axis=1) - 0.5 * w.offsets
        return cls(forward, centres, lengths, slopes, W @ W.T)


@dataclass(frozen=True, eq=False)
class _Layer:
    """The way back through a layer: coefficients before and after its hinges, the slopes used, which of them are free."""

    cp: FloatArray
    ch: FloatArray
    tau: FloatArray
    theta: FloatArray
    free: BoolArray

    def take(self, rows: IntArray) -> "_Layer":
        return _Layer(*(part.take(rows, axis=0) for part in vars(self).values()))


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Radii of items, the lengths of the gradients that they were divided by, and the way back, the last layer first."""

    radius: FloatArray
    length: FloatArray
    q: FloatArray
    layers: list[_Layer]

    def take(self, rows: IntArray) -> "_Bounds":
        layers = [layer.take(rows) for layer in self.layers]
        return _Bounds(self.radius[rows], self.length[rows], self.q.take(rows, axis=0), layers)


def radii(w: FoldWeights, terms: SampleTerms, items: Items) -> FloatArray:
    """Return, per item, a radius around the own sample within which its score leads the other on the item's pattern.

    With `g = c_i − c_j` half the lead is `⟨g, y⟩ + const`. Backward through the layers a hinge with coefficient κ ≥ 0 is
    bounded by `κ θ u`, θ the slope; one with κ < 0 is `κ u` or 0, as the pattern says. What remains is affine in x.
    """
    return _bounds(w, terms, items).radius


def _bounds(w: FoldWeights, terms: SampleTerms, items: Items) -> _Bounds:
    const = terms.lengths[items.other] - terms.lengths[items.own]
    cp = terms.centres.take(items.own, axis=0) - terms.centres.take(items.other, axis=0)
    ch = cp @ w.E[-1]
    slopes, layers = terms.slopes.take(items.own, axis=0), []
    for layer in range(w.folds - 1, -1, -1):
        free = ch >= 0.0
        theta = np.where(free, slopes[:, layer], items.pattern[:, layer])
        tau = theta * ch
        const = const - tau @ w.t[layer]
        layers.append(_Layer(cp, ch, tau, theta, free))
        if layer > 0:
            ch = tau @ w.b[layer - 1] + cp @ w.E[layer - 1]
            cp = cp + tau @ w.B[layer - 1]
    q = np.concatenate([cp, tau], axis=1)
    value = const + np.einsum("ij,ij->i", q, terms.forward.images.take(items.own, axis=0))
    length = np.sqrt(np.maximum(np.einsum("ij,ij->i", q @ terms.gram, q), 0.0) + FLAT)
    return _Bounds(value / length, length, q, layers)


def soft_minimum(w: FoldWeights, points: FloatArray, items: Items, temperature: float) -> tuple[float, FoldWeights]:
    """Return the soft minimum of the items' radii and its gradient, in the shape of the weights."""
    terms = SampleTerms.of(w, points)
    bounds = _bounds(w, terms, items)
    least = float(bounds.radius.min())
    shares = np.exp((least - bounds.radius) / temperature)
    total = float(shares.sum())
    some = np.flatnonzero(shares > NO_SHARE * total)
    gradient = {name: np.zeros_like(array) for name, array in vars(w).items()}
    received = _back_through_items(w, terms, items.take(some), (shares[some] / total, bounds.take(some)), gradient)
    _back_through_samples(w, points, terms, received, gradient)
    return least - temperature * float(np.log(total)), FoldWeights(**gradient)


def _back_through_items(
    w: FoldWeights,
    terms: SampleTerms,
    items: Items,
    found: tuple[FloatArray, _Bounds],
    gradient: dict[str, FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Add what the items' layers receive; return what centres, lengths, slopes and images of the samples receive."""
    shares, bounds = found
    r, q, samples = w.rank, bounds.q, len(terms.centres)
    d_value = shares / bounds.length
    weighted = q * (-d_value * bounds.radius / bounds.length)[:, None]
    d_q = d_value[:, None] * terms.forward.images.take(items.own, axis=0) + weighted @ terms.gram
    d_W = (weighted.T @ q) @ np.concatenate([w.P, w.A])
    gradient["P"] += d_W[:r]
    gradient["A"] += d_W[r:]
    d_cp, d_tau, d_theta = d_q[:, :r], d_q[:, r:], []
    for layer in range(w.folds):
        at = bounds.layers[w.folds - 1 - layer]
        d_tau = d_tau - d_value[:, None] * w.t[layer]
        gradient["t"][layer] -= d_value @ at.tau
        d_ch = d_tau * at.theta
        d_theta.append(np.where(at.free, d_tau * at.ch, 0.0))
        if layer == w.folds - 1:
            gradient["E"][layer] += at.cp.T @ d_ch
            d_cp = d_cp + d_ch @ w.E[layer].T
            break
        above = bounds.layers[w.folds - 2 - layer]
        gradient["b"][layer] += above.tau.T @ d_ch
        gradient["E"][layer] += above.cp.T @ d_ch
        gradient["B"][layer] += above.tau.T @ d_cp
        d_tau = d_ch @ w.b[layer].T + d_cp @ w.B[layer].T
        d_cp = d_cp + d_ch @ w.E[layer].T
    for_own = np.concatenate([d_cp, d_value[:, None] * q, *d_theta], axis=1)
    own = _summed(items.own, samples, for_own)
    other = _summed(items.other, samples, np.concatenate([d_cp, d_value[:, None]], axis=1))
    d_lengths = other[:, r] - np.bincount(items.own, d_value, samples)
    d_images, d_slopes = own[:, r : r + q.shape[1]], own[:, r + q.shape[1] :]
    return own[:, :r] - other[:, :r], d_lengths, d_slopes.reshape(samples, w.folds, w.hinges), d_images


def _summed(which: IntArray, samples: int, rows: FloatArray) -> FloatArray:
    """Return the sums `(samples, n)` of the rows of each sample."""
    ones, starts = np.ones(len(which)), np.arange(len(which) + 1)
    return np.asarray(csc_matrix((ones, which, starts), shape=(samples, len(which))) @ rows)


def _back_through_samples(
    w: FoldWeights,
    points: FloatArray,
    terms: SampleTerms,
    received: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    gradient: dict[str, FloatArray],
) -> None:
    """Add what centres, offsets, slopes and layers receive by way of the samples."""
    d_centres, d_lengths, d_slopes, d_images = received
    forward, r, scale = terms.forward, w.rank, w.steep
    gradient["offsets"] -= 0.5 * d_lengths
    d_y = d_centres + d_lengths[:, None] * terms.centres
    gradient["moves"] += d_y
    inside = np.where((terms.slopes > 0.0) & (terms.slopes < 1.0), d_slopes, 0.0)
    gradient["tilts"] += inside
    u = np.stack(forward.u, axis=1)
    gradient["steepness"] += (inside * u * scale).sum(axis=0)
    d_u = [inside[:, layer] * scale[layer] for layer in range(w.folds)]
    d_p, d_h = d_y, d_y @ w.E[-1]
    gradient["E"][-1] += d_y.T @ forward.h[-1]
    for layer in range(w.folds - 1, 0, -1):
        below = layer - 1
        here = d_u[layer] + d_h * (forward.u[layer] > 0.0)
        gradient["t"][layer] -= here.sum(axis=0)
        gradient["B"][below] += here.T @ forward.p[below]
        gradient["b"][below] += here.T @ forward.h[below]
        gradient["E"][below] += d_p.T @ forward.h[below]
        d_h = here @ w.b[below] + d_p @ w.E[below]
        d_p = d_p + here @ w.B[below]
    here = d_u[0] + d_h * (forward.u[0] > 0.0)
    gradient["t"][0] -= here.sum(axis=0)
    d_W = (np.concatenate([d_p, here], axis=1) + d_images).T @ points
    gradient["P"] += d_W[:r]
    gradient["A"] += d_W[r:]
