"""Which pairs and patterns limit a fold, in floats."""

import itertools

import numpy as np
from numpy.typing import NDArray

from logwidth.maps.folding.bound import FLAT, Items, Scene, radii
from logwidth.maps.folding.weights import FoldWeights
from logwidth.types import BoolArray, FloatArray, IntArray

HALF = 0.5  # the radius of a ball of ratio 1, in units of the separation
BLOCK = 1 << 15
TIGHTEST = 80_000  # pairs that are looked at


def scan(w: FoldWeights, points: FloatArray, labels: IntArray, wanted: int) -> tuple[Items, FloatArray]:
    """Return the items of `wanted` opposite pairs, in order, and their radii `(M,)`, the least first.

    Of the TIGHTEST pairs those are taken whose radii are least if every hinge does on the ball what it does at the sample.
    Of the patterns of a pair only those are listed that differ where a coefficient is negative and the ball may be cut.
    """
    scene = Scene.of(w, points)
    pairs = tightest_pairs(scene, labels, TIGHTEST)
    cut, active = may_be_cut(w, scene), np.stack(scene.passage.u, axis=1) > 0.0
    blocks = [pairs[start : start + BLOCK] for start in range(0, len(pairs), BLOCK)]
    first = np.concatenate([radii(w, scene, Items(part[:, 0], part[:, 1], active[part[:, 0]])) for part in blocks])
    pairs = pairs[np.argsort(first, kind="stable")[:wanted]]
    items = _patterns(w, scene, cut, pairs)
    bound = np.concatenate(
        [radii(w, scene, items.take(np.arange(a, min(a + BLOCK, len(items.own))))) for a in range(0, len(items.own), BLOCK)]
    )
    order = np.argsort(bound, kind="stable")
    return items.take(order), bound[order]


def tightest_pairs(scene: Scene, labels: IntArray, wanted: int) -> IntArray:
    """Return the ordered opposite pairs `(n, 2)` whose first image is nearest to where the second's score is as large.

    The distance in the image is `(⟨c_i − c_j, y_i⟩ + const)/|c_i − c_j|`; near pairs of centres need not be the tightest.
    """
    centres, y, lengths = scene.centres, scene.passage.y, scene.lengths
    squares = (centres * centres).sum(axis=1)
    least: list[NDArray[np.float64]] = []
    rows: list[IntArray] = []
    for start in range(0, len(centres), 512):
        own = slice(start, start + 512)
        apart = squares[own, None] + squares[None] - 2.0 * centres[own] @ centres.T
        lead = ((y[own] * centres[own]).sum(axis=1) - lengths[own])[:, None] - y[own] @ centres.T + lengths
        distance = np.where(labels[own, None] == labels[None], np.inf, lead / np.sqrt(np.maximum(apart, FLAT))).ravel()
        kept = np.argpartition(distance, min(wanted, distance.size) - 1)[:wanted]
        kept = kept[np.isfinite(distance[kept])]
        least.append(distance[kept])
        rows.append(np.column_stack([kept // len(centres) + start, kept % len(centres)]))
    order = np.argsort(np.concatenate(least), kind="stable")[:wanted]
    return np.concatenate(rows)[order].astype(np.int64)


def may_be_cut(w: FoldWeights, scene: Scene) -> BoolArray:
    """Return which hinges `(N, L, K)` may change between active and not on the ball of a sample."""
    u = np.stack(scene.passage.u, axis=1)
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


def _patterns(w: FoldWeights, scene: Scene, cut: BoolArray, pairs: IntArray) -> Items:
    """Return the pairs with every pattern that matters for them."""
    own, other = pairs[:, 0], pairs[:, 1]
    rows = np.arange(len(pairs))
    active = np.stack(scene.passage.u, axis=1)[own] > 0.0
    pattern = active.copy()
    cp = scene.centres[own] - scene.centres[other]
    ch = cp @ w.E[-1]
    for layer in range(w.folds - 1, -1, -1):
        for k in range(w.hinges):
            split = np.flatnonzero((ch[:, k] < 0.0) & cut[own[rows], layer, k])
            if split.size:
                more = pattern[split].copy()
                more[:, layer, k] = ~more[:, layer, k]
                rows, pattern = np.concatenate([rows, rows[split]]), np.concatenate([pattern, more])
                cp, ch = np.concatenate([cp, cp[split]]), np.concatenate([ch, ch[split]])
        theta = np.where(ch >= 0.0, scene.slopes[own[rows], layer], pattern[:, layer])
        tau = theta * ch
        if layer > 0:
            ch = tau @ w.b[layer - 1] + cp @ w.E[layer - 1]
            cp = cp + tau @ w.B[layer - 1]
    return Items(own[rows], other[rows], pattern)
