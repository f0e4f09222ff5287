"""Which pairs and patterns limit a fold, in floats."""

import itertools

import numpy as np

from logwidth.maps.folding.bound import FLAT, Items, SampleTerms, radii
from logwidth.maps.folding.weights import FoldWeights
from logwidth.types import BoolArray, FloatArray, IntArray

HALF = 0.5  # the radius of a ball of ratio 1, in units of the separation
BLOCK = 1 << 13
ROWS = 128  # samples whose leads over all others are looked at at once
TIGHTEST = 80_000  # pairs that are looked at


def scan(w: FoldWeights, points: FloatArray, labels: IntArray, wanted: int) -> tuple[Items, FloatArray]:
    """Return the items of `wanted` opposite pairs, in order, and their radii `(M,)`, the least first."""
    terms = SampleTerms.of(w, points)
    return limiting_items(w, terms, limiting_pairs(w, terms, tightest_pairs(terms, labels, TIGHTEST), wanted))


def limiting_pairs(w: FoldWeights, terms: SampleTerms, pairs: IntArray, wanted: int) -> IntArray:
    """Return those of the pairs whose radii are least if every hinge does on the ball what it does at the sample.

    And as many of the first ones, the tightest: where a hinge does something else, their radii may be the least.
    """
    active = np.stack(terms.forward.u, axis=1) > 0.0
    first = _radii(w, terms, Items(pairs[:, 0], pairs[:, 1], active[pairs[:, 0]]))
    chosen = np.argsort(first, kind="stable")[:wanted]
    rows = np.unique(np.concatenate([chosen, np.arange(min(wanted, len(pairs)))]))
    return np.asarray(pairs[rows])


def limiting_items(w: FoldWeights, terms: SampleTerms, pairs: IntArray) -> tuple[Items, FloatArray]:
    """Return the items of the pairs, in order, and their radii, the least first.

    Of the patterns of a pair only those are listed that differ where a coefficient is negative and the ball may be cut.
    """
    items = _patterns(w, terms, may_be_cut(w, terms), pairs)
    bound = _radii(w, terms, items)
    order = np.argsort(bound, kind="stable")
    return items.take(order), bound[order]


def _radii(w: FoldWeights, terms: SampleTerms, items: Items) -> FloatArray:
    blocks = [np.arange(start, min(start + BLOCK, len(items.own))) for start in range(0, len(items.own), BLOCK)]
    return np.concatenate([radii(w, terms, items.take(rows)) for rows in blocks])


def tightest_pairs(terms: SampleTerms, labels: IntArray, wanted: int) -> IntArray:
    """Return the ordered opposite pairs `(n, 2)` whose first image is nearest to where the second's score is as large.

    The distance in the image is `(⟨c_i − c_j, y_i⟩ + const)/|c_i − c_j|`; near pairs of centres need not be the tightest.
    """
    centres, y, lengths = terms.centres, terms.forward.y, terms.lengths
    squares = (centres * centres).sum(axis=1)
    leads = (y * centres).sum(axis=1) - lengths
    distances, places, limit = np.zeros(0), np.zeros(0, dtype=np.int64), np.inf
    for start in range(0, len(centres), ROWS):
        own = slice(start, start + ROWS)
        apart = centres[own] @ (-2.0 * centres.T)
        apart += squares[own, None]
        apart += squares
        np.sqrt(np.maximum(apart, FLAT, out=apart), out=apart)
        distance = y[own] @ -centres.T
        distance += leads[own, None]
        distance += lengths
        distance /= apart
        distance[labels[own, None] == labels] = np.inf
        near = np.flatnonzero(distance.ravel() < limit)
        distances = np.concatenate([distances, distance.ravel()[near]])
        places = np.concatenate([places, near + start * len(centres)])
        if len(distances) > wanted:
            kept = np.argpartition(distances, wanted - 1)[:wanted]
            distances, places = distances[kept], places[kept]
            limit = float(distances.max())
    return np.column_stack(np.divmod(places[np.argsort(distances, kind="stable")], len(centres)))


def may_be_cut(w: FoldWeights, terms: SampleTerms) -> BoolArray:
    """Return which hinges `(N, L, K)` may change between active and not on the ball of a sample."""
    u = np.stack(terms.forward.u, axis=1)
    return np.asarray(np.abs(u) < HALF * hinge_speeds(w))


def hinge_speeds(w: FoldWeights) -> FloatArray:
    """Return, per hinge `(L, K)`, the largest slope that any pattern of the layers before gives it."""
    hinges = w.hinges
    speeds = [np.linalg.norm(w.A, axis=1)]
    below = [(w.P, np.asarray(on, dtype=float)[:, None] * w.A) for on in itertools.product((0, 1), repeat=hinges)]
    for layer in range(1, w.folds):
        slopes = [(w.B[layer - 1] @ p + w.b[layer - 1] @ h, p + w.E[layer - 1] @ h) for p, h in below]
        speeds.append(np.max([np.linalg.norm(u, axis=1) for u, _ in slopes], axis=0))
        below = [
            (p, np.asarray(on, dtype=float)[:, None] * u)
            for u, p in slopes
            for on in itertools.product((0, 1), repeat=hinges)
        ]
    return np.array(speeds)


def _patterns(w: FoldWeights, terms: SampleTerms, cut: BoolArray, pairs: IntArray) -> Items:
    """Return the pairs with every pattern that matters for them."""
    own, other = pairs[:, 0], pairs[:, 1]
    rows = np.arange(len(pairs))
    active = np.stack(terms.forward.u, axis=1)[own] > 0.0
    pattern = active.copy()
    cp = terms.centres[own] - terms.centres[other]
    ch = cp @ w.E[-1]
    for layer in range(w.folds - 1, -1, -1):
        for k in range(w.hinges):
            split = np.flatnonzero((ch[:, k] < 0.0) & cut[own[rows], layer, k])
            if split.size:
                more = pattern[split].copy()
                more[:, layer, k] = ~more[:, layer, k]
                rows, pattern = np.concatenate([rows, rows[split]]), np.concatenate([pattern, more])
                cp, ch = np.concatenate([cp, cp[split]]), np.concatenate([ch, ch[split]])
        theta = np.where(ch >= 0.0, terms.slopes[own[rows], layer], pattern[:, layer])
        tau = theta * ch
        if layer > 0:
            ch = tau @ w.b[layer - 1] + cp @ w.E[layer - 1]
            cp = cp + tau @ w.B[layer - 1]
    return Items(own[rows], other[rows], pattern)
