"""The attack on the other half of a claim: inputs beyond the reject radius must get the value that stands for none."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.attack.classifier import Classifier
from logwidth.certify import Rejection, beyond_points, is_beyond
from logwidth.dataset import Dataset
from logwidth.norms import lengths
from logwidth.types import FloatArray

NEAR = (1 + 1e-6, 1 + 2.0**-20, 1.01, 2.0, 1e2, 1e4)
SAMPLES, WAYS, RANDOM = 32, 16, 256


@dataclass(frozen=True, eq=False)
class FarAttack:
    """How many inputs beyond the radius were tried, and those that got another output than none, `broken` `(k, d)`."""

    evaluations: int
    changes: int
    broken: FloatArray


def attack_far(
    classifier: Classifier, data: Dataset, claim: Rejection, norm: float, weights: FloatArray, evaluations: int, rng: int = 0
) -> FarAttack:
    """Try about `evaluations` inputs beyond the radius of a claim: along features, to corners, along kernels, near samples.

    `weights` `(m, d)` are those of the first layer: what they tell apart least is followed farthest. That an input is
    beyond the radius is decided exactly where its output is another than none.
    """
    tried, broken = 0, list[FloatArray]()
    for points in _blocks(data, claim, norm, weights, classifier.dtype, rng):
        if tried >= evaluations:
            break
        part = points[: evaluations - tried]
        tried += len(part)
        outputs = classifier.outputs(part)
        wrong = outputs.reshape(len(part), -1)[:, 0].astype(np.float64) != claim.value
        inside = (np.abs(part) <= claim.inputs_upper).all(axis=1)
        broken += [point for point in part[wrong & inside] if is_beyond(point, data, claim.radius, norm)]
    return FarAttack(tried, len(broken), np.array(broken).reshape(-1, data.n_features))


def _blocks(
    data: Dataset, claim: Rejection, norm: float, weights: FloatArray, dtype: np.dtype, rng: int
) -> Iterator[FloatArray]:
    """Yield inputs of the format, of which all but a few are beyond the radius."""
    yield _kernel(data, claim, norm, weights, dtype)
    draw, d = np.random.default_rng(rng), data.n_features
    while True:
        yield beyond_points(data, claim.radius, norm, str(dtype), int(draw.integers(1 << 31)))
        rows = draw.integers(data.n_samples, size=(RANDOM, 2))
        towards = data.points[rows[:, 1]] - data.points[rows[:, 0]] + 1e-9 * draw.normal(size=(RANDOM, d))
        towards *= draw.choice([-1.0, 1.0], size=(RANDOM, 1)) / lengths(towards, norm)[:, None]
        yield _of_format(data.points[rows[:, 0]] + claim.radius * (1 + 1e-6) * towards, dtype)
        low, high = data.points.min(axis=0) - 2 * claim.radius, data.points.max(axis=0) + 2 * claim.radius
        yield _of_format(draw.uniform(low, high, size=(RANDOM, d)), dtype)


def _kernel(data: Dataset, claim: Rejection, norm: float, weights: FloatArray, dtype: np.dtype) -> FloatArray:
    """Return points away from samples along the directions that the first layer tells apart least, its kernel first."""
    scale = np.abs(weights).max(axis=1, keepdims=True)
    ways = np.linalg.svd(weights / np.where(scale > 0, scale, 1.0), full_matrices=True)[2][::-1][:WAYS]
    ways = np.concatenate([ways, -ways]) / lengths(np.concatenate([ways, ways]), norm)[:, None]
    rows = data.points[np.linspace(0, data.n_samples - 1, min(SAMPLES, data.n_samples)).astype(int)]
    shares = np.array(NEAR)[:, None, None, None]
    found = rows[None, :, None, :] + claim.radius * shares * ways[None, None, :, :]
    return _of_format(found.reshape(-1, data.n_features), dtype)


def _of_format(points: FloatArray, dtype: np.dtype) -> FloatArray:
    rounded = points.astype(dtype).astype(np.float64)
    return rounded[np.isfinite(rounded).all(axis=1)]
