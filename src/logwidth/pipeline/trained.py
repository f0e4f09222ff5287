"""The trained contrast: adversarial training at a width, its robust share bounded from both sides."""

import time
from dataclasses import dataclass

import numpy as np

from logwidth.certify import argmax_certified, point_in_ball
from logwidth.dataset import Dataset
from logwidth.network import ReluNetwork, evaluate
from logwidth.train import Regime, adversarial_points, train_adversarially
from logwidth.types import Progress, silent


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network and what is known of its balls: `certified` `(n,)` are proven, `survived` `(n,)` were not broken.

    The share of `certified` is a lower bound on the share of robust samples, that of `survived` an upper bound: every other
    sample has a witness in its ball, membership decided exactly.
    """

    network: ReluNetwork
    certified: np.ndarray
    survived: np.ndarray
    seconds_train: float
    seconds_certify: float


def train_and_judge(data: Dataset, regime: Regime, progress: Progress | None = None) -> Trained:
    """Train with attacks, certify by linear bounds rounded outward, and attack the result.

    Raises MissingExtraError without PyTorch (extra `torch`).
    """
    report = progress or silent
    begin = time.perf_counter()
    network = train_adversarially(data, regime, lambda share: report("trained: training", share))
    middle = time.perf_counter()
    certified = argmax_certified(network, data, regime.radius, regime.norm)
    end = time.perf_counter()
    survived = np.ones(data.n_samples, dtype=bool)
    for points in [data.points, *adversarial_points(network, data, regime)]:
        survived &= ~_broken(network, data, points.astype(network.dtype).astype(np.float64), regime)
    return Trained(network, certified, survived, middle - begin, end - middle)


def _broken(network: ReluNetwork, data: Dataset, points: np.ndarray, regime: Regime) -> np.ndarray:
    """Return which samples get another label at their point, which counts only inside the ball."""
    wrong: np.ndarray = evaluate(network, points).argmax(axis=1) != data.labels
    for i in np.flatnonzero(wrong):
        wrong[i] = point_in_ball(points[i], data.points[i], regime.radius, regime.norm)
    return wrong
