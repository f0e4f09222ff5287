"""Which own score serves which sample best, and by how much it falls short on the sample's ball."""

import numpy as np

from logwidth.construct.plan import FloatArray, IntArray
from logwidth.construct.pruning.scene import Scene, Scores

CHOICES = 32
URGENT = 16
BLOCK_ENTRIES = 1 << 22


def assign(scene: Scene, scores: Scores, sigma: float, gap: float) -> tuple[IntArray, FloatArray]:
    """Return, per sample, the own score that serves it best `(N,)` and its shortfall `(N,)`, in units of Δ².

    The shortfall of score s at sample i is `max_j gap + σ‖w_s − w_j‖ + a_j(z_i) − a_s(z_i)` over opposite scores j; at
    most 0 means that s leads on the whole ball. The largest own scores are tried first, 32 at most, as far as
    needed.
    """
    cover = np.zeros(len(scene.labels), dtype=np.intp)
    short = np.full(len(scene.labels), np.inf)
    for label in range(scene.n_classes):
        rows = np.flatnonzero(scene.labels == label)
        own, opposite = np.flatnonzero(scores.classes == label), np.flatnonzero(scores.classes != label)
        step = max(1, BLOCK_ENTRIES // max(1, len(opposite)))
        for start in range(0, len(rows), step):
            block = rows[start : start + step]
            chosen, missing = _assign_block(scene.images[block], scores, (own, opposite), sigma, gap)
            cover[block], short[block] = own[chosen], missing
    return cover, short


def distances(scores: Scores, own: IntArray, opposite: IntArray) -> FloatArray:
    """Return `‖w_s − w_j‖` `(len(own), len(opposite))`."""
    W, V = scores.weights[own], scores.weights[opposite]
    squares = (W * W).sum(axis=1)[:, None] + (V * V).sum(axis=1) - 2.0 * W @ V.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def rivals(
    scene: Scene, scores: Scores, cover: IntArray, bounds: tuple[float, float], reach: float
) -> tuple[IntArray, IntArray]:
    """Return samples and opposite scores `(n,)`, `(n,)` whose lead is short of the wanted one by more than `−reach`.

    `bounds` = (sigma, gap) are the wanted radius and lead; per sample at most the 16 most urgent rivals.
    """
    sigma, gap = bounds
    found = []
    for label in range(scene.n_classes):
        rows = np.flatnonzero(scene.labels == label)
        own, opposite = np.flatnonzero(scores.classes == label), np.flatnonzero(scores.classes != label)
        place = np.zeros(scores.size, dtype=np.intp)
        place[own] = np.arange(len(own))
        D = distances(scores, own, opposite) * sigma
        step = max(1, BLOCK_ENTRIES // max(1, len(opposite)))
        for start in range(0, len(rows), step):
            block = rows[start : start + step]
            z, s = scene.images[block], cover[block]
            table = z @ scores.weights[opposite].T + scores.biases[opposite] + D[place[s]]
            table += (gap - (z * scores.weights[s]).sum(axis=1) - scores.biases[s])[:, None]
            found.append(_urgent(table, reach, block, opposite))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([others for _, others in found])


def _urgent(table: FloatArray, reach: float, block: IntArray, opposite: IntArray) -> tuple[IntArray, IntArray]:
    if table.shape[1] > URGENT:
        level = -np.partition(-table, URGENT - 1, axis=1)[:, URGENT - 1]
        on = table >= np.maximum(level, -reach)[:, None]
    else:
        on = table >= -reach
    i, j = np.nonzero(on)
    return block[i], opposite[j]


def _assign_block(
    z: FloatArray, scores: Scores, sides: tuple[IntArray, IntArray], sigma: float, gap: float
) -> tuple[IntArray, FloatArray]:
    own, opposite = sides
    D = distances(scores, own, opposite) * sigma
    against = z @ scores.weights[opposite].T + scores.biases[opposite]
    mine = z @ scores.weights[own].T + scores.biases[own]
    ranked = np.argsort(-mine, axis=1, kind="stable")[:, :CHOICES]
    best, short = ranked[:, 0].copy(), np.full(len(z), np.inf)
    rows = np.arange(len(z))
    for choice in range(ranked.shape[1]):
        rows = rows[short[rows] > 0.0]
        if not rows.size:
            break
        s = ranked[rows, choice]
        missing = gap + (against[rows] + D[s]).max(axis=1) - mine[rows, s]
        better = missing < short[rows]
        best[rows[better]], short[rows[better]] = s[better], missing[better]
    return best, short
