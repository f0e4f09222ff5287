"""A lower bound on how far one score leads another on a ball, sample by sample, and the gradient of its soft minimum."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from logwidth.maps.folding.weights import FoldWeights, Passage, passed
from logwidth.types import BoolArray, FloatArray, IntArray

FLAT = 1e-18  # added to squares of gradients: two equal scores have none


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
class Scene:
    """What a bound needs of all samples: passage, centres of scores, slopes, and `W x` and `W Wᵀ`, `W = [P; A]`."""

    passage: Passage
    centres: FloatArray
    lengths: FloatArray
    slopes: FloatArray
    images: FloatArray
    gram: FloatArray

    @classmethod
    def of(cls, w: FoldWeights, points: FloatArray) -> "Scene":
        """Return the scene of `points` `(N, n)`."""
        passage, W = passed(w, points), np.concatenate([w.P, w.A])
        centres = passage.y + w.moves
        u = np.stack(passage.u, axis=1)
        slopes = np.clip(u * w.steep + 0.5 + w.tilts, 0.0, 1.0)
        lengths = 0.5 * (centres * centres).sum(axis=1) - 0.5 * w.offsets
        return cls(passage, centres, lengths, slopes, points @ W.T, W @ W.T)


@dataclass(frozen=True, eq=False)
class _Trace:
    """The way back through the layers: per layer the coefficients before and after its hinges, and the slopes used."""

    cp: list[FloatArray]
    ch: list[FloatArray]
    tau: list[FloatArray]
    theta: list[FloatArray]
    free: list[BoolArray]


def radii(w: FoldWeights, scene: Scene, items: Items) -> FloatArray:
    """Return, per item, a radius around the own sample within which its score leads the other on the item's pattern.

    With `g = c_i − c_j` half the lead is `⟨g, y⟩ + const`. Backward through the layers a hinge with coefficient κ ≥ 0 is
    bounded by `κ θ u`, θ the slope; one with κ < 0 is `κ u` or 0, as the pattern says. What remains is affine in x.
    """
    return _evaluated(w, scene, items)[0]


def _evaluated(w: FoldWeights, scene: Scene, items: Items) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, _Trace]:
    const = scene.lengths[items.other] - scene.lengths[items.own]
    cp = scene.centres[items.own] - scene.centres[items.other]
    ch = cp @ w.E[-1]
    trace = _Trace([], [], [], [], [])
    for layer in range(w.folds - 1, -1, -1):
        free = ch >= 0.0
        theta = np.where(free, scene.slopes[items.own, layer], items.pattern[:, layer])
        tau = theta * ch
        const = const - tau @ w.t[layer]
        for store, value in zip(vars(trace).values(), (cp, ch, tau, theta, free), strict=True):
            store.append(value)
        if layer > 0:
            ch = tau @ w.b[layer - 1] + cp @ w.E[layer - 1]
            cp = cp + tau @ w.B[layer - 1]
    q = np.concatenate([cp, tau], axis=1)
    value = const + np.einsum("ij,ij->i", q, scene.images[items.own])
    length = np.sqrt(np.maximum(np.einsum("ij,ij->i", q @ scene.gram, q), 0.0) + FLAT)
    return value / length, length, value, q, trace


@dataclass(frozen=True, eq=False)
class Working:
    """Items to climb on, with the sums over samples that their gradients need."""

    items: Items
    by_own: csr_matrix
    by_other: csr_matrix

    @classmethod
    def of(cls, items: Items, samples: int) -> "Working":
        """Return the items as something to climb on."""
        count = len(items.own)
        rows, ones = np.arange(count), np.ones(count)
        sums = (csr_matrix((ones, (which, rows)), shape=(samples, count)) for which in (items.own, items.other))
        return cls(items, *sums)


def soft_minimum(w: FoldWeights, points: FloatArray, working: Working, temperature: float) -> tuple[float, FoldWeights]:
    """Return the soft minimum of the items' radii and its gradient, in the shape of the weights."""
    scene, items = Scene.of(w, points), working.items
    radius, length, _, q, trace = _evaluated(w, scene, items)
    least = float(radius.min())
    shares = np.exp((least - radius) / temperature)
    total = float(shares.sum())
    shares /= total
    gradient = {name: np.zeros_like(array) for name, array in vars(w).items()}
    to_samples = _back_through_items(w, scene, working, (shares, radius, length, q, trace), gradient)
    _back_through_samples(w, points, scene, to_samples, gradient)
    return least - temperature * float(np.log(total)), FoldWeights(**gradient)


def _back_through_items(
    w: FoldWeights,
    scene: Scene,
    working: Working,
    found: tuple[FloatArray, FloatArray, FloatArray, FloatArray, _Trace],
    gradient: dict[str, FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Add what the items' layers receive; return what centres, lengths, slopes and images of the samples receive."""
    shares, radius, length, q, trace = found
    items, r = working.items, w.rank
    d_value = shares / length
    d_square = -shares * radius / (2.0 * length * length)
    weighted = q * d_square[:, None]
    d_q = d_value[:, None] * scene.images[items.own] + 2.0 * weighted @ scene.gram
    d_gram = weighted.T @ q
    d_images = working.by_own @ (d_value[:, None] * q)
    W = np.concatenate([w.P, w.A])
    d_W = 2.0 * d_gram @ W
    gradient["P"] += d_W[:r]
    gradient["A"] += d_W[r:]
    d_cp, d_tau, d_theta = d_q[:, :r], d_q[:, r:], []
    for layer in range(w.folds):
        cp, ch, tau, theta, free = (part[w.folds - 1 - layer] for part in vars(trace).values())
        d_tau = d_tau - d_value[:, None] * w.t[layer]
        gradient["t"][layer] -= d_value @ tau
        d_ch = d_tau * theta
        d_theta.append(np.where(free, d_tau * ch, 0.0))
        if layer == w.folds - 1:
            gradient["E"][layer] += cp.T @ d_ch
            d_cp = d_cp + d_ch @ w.E[layer].T
            break
        upper_cp, upper_tau = trace.cp[w.folds - 2 - layer], trace.tau[w.folds - 2 - layer]
        gradient["b"][layer] += upper_tau.T @ d_ch
        gradient["E"][layer] += upper_cp.T @ d_ch
        gradient["B"][layer] += upper_tau.T @ d_cp
        d_tau = d_ch @ w.b[layer].T + d_cp @ w.B[layer].T
        d_cp = d_cp + d_ch @ w.E[layer].T
    d_centres = working.by_own @ d_cp - working.by_other @ d_cp
    d_lengths = working.by_other @ d_value - working.by_own @ d_value
    d_slopes = np.stack([working.by_own @ part for part in d_theta], axis=1)
    return d_centres, d_lengths, d_slopes, d_images


def _back_through_samples(
    w: FoldWeights,
    points: FloatArray,
    scene: Scene,
    received: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    gradient: dict[str, FloatArray],
) -> None:
    """Add what centres, offsets, slopes and layers receive by way of the samples."""
    d_centres, d_lengths, d_slopes, d_images = received
    passage, r, scale = scene.passage, w.rank, w.steep
    gradient["offsets"] -= 0.5 * d_lengths
    d_y = d_centres + d_lengths[:, None] * scene.centres
    gradient["moves"] += d_y
    inside = np.where((scene.slopes > 0.0) & (scene.slopes < 1.0), d_slopes, 0.0)
    gradient["tilts"] += inside
    u = np.stack(passage.u, axis=1)
    gradient["steepness"] += (inside * u * scale).sum(axis=0)
    d_u = [inside[:, layer] * scale[layer] for layer in range(w.folds)]
    d_p, d_h = d_y, d_y @ w.E[-1]
    gradient["E"][-1] += d_y.T @ passage.h[-1]
    for layer in range(w.folds - 1, 0, -1):
        below = layer - 1
        here = d_u[layer] + d_h * (passage.u[layer] > 0.0)
        gradient["t"][layer] -= here.sum(axis=0)
        gradient["B"][below] += here.T @ passage.p[below]
        gradient["b"][below] += here.T @ passage.h[below]
        gradient["E"][below] += d_p.T @ passage.h[below]
        d_h = here @ w.b[below] + d_p @ w.E[below]
        d_p = d_p + here @ w.B[below]
    here = d_u[0] + d_h * (passage.u[0] > 0.0)
    gradient["t"][0] -= here.sum(axis=0)
    gradient["P"] += (d_p + d_images[:, :r]).T @ points
    gradient["A"] += (here + d_images[:, r:]).T @ points
