"""Projected gradient ascent on a stored classifier: a measure of how well a counterexample is hidden, not a proof."""

import numpy as np
from numpy.typing import NDArray

from logwidth.network import ReluNetwork
from logwidth.types import FloatArray

RESTARTS, STEPS = 24, 20


def gradient_attack(network: ReluNetwork, box: tuple[FloatArray, FloatArray], label: int, rng: np.random.Generator) -> bool:
    """Return whether signed gradient steps find an input of the box whose best score is not the label's.

    From the centre and random corners and interior points, `STEPS` steps of a tenth of the box ascend the best other score
    minus the label's; a flat gradient is replaced by a random direction.
    """
    lower, upper = (np.asarray(side, dtype=np.float32) for side in box)
    width = upper - lower
    starts = np.concatenate([np.full((1, lower.size), 0.5), rng.random((RESTARTS - 1, lower.size))])
    starts[1 : RESTARTS // 2] = np.round(starts[1 : RESTARTS // 2])
    points = (lower + width * starts).astype(np.float32)
    layers = [(layer.dense(), layer.bias) for layer in network.layers]
    for _ in range(STEPS):
        scores, gradient = _ascent(layers, points, label)
        if (np.argmax(scores, axis=1) != label).any():
            return True
        flat = ~gradient.any(axis=1)
        gradient[flat] = rng.standard_normal((int(flat.sum()), lower.size))
        points = np.clip(points + 0.1 * width * np.sign(gradient), lower, upper).astype(np.float32)
    return bool((np.argmax(_ascent(layers, points, label)[0], axis=1) != label).any())


def _ascent(
    layers: list[tuple[NDArray[np.floating], NDArray[np.floating]]], points: NDArray[np.float32], label: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the scores `(n, C)` and the gradient `(n, d)` of the best other score minus the label's."""
    values = [points.T]
    for W, b in layers:
        image = W @ values[-1] + b[:, None]
        values.append(np.maximum(image, 0))
    scores = image.T
    others = scores.copy()
    others[:, label] = -np.inf
    back = np.zeros_like(image)
    back[np.argmax(others, axis=1), np.arange(len(points))] = 1
    back[label] -= 1
    for (W, _), value in zip(layers[::-1], [None, *values[-2:0:-1]], strict=True):
        back = W.T @ (back if value is None else back * (value > 0))
    return scores, back.T
