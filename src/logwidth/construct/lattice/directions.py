"""Along which directions walls are looked for: the features, or more rows where these do not separate the labels."""

from collections.abc import Iterator

import numpy as np

from logwidth.construct.plan import Plan
from logwidth.types import FloatArray

AXES, RANDOM, MOST_NUMBERS = 64, 192, 3e7


def pools(plan: Plan) -> Iterator[FloatArray]:
    """Yield rows `(k, d)` to look for walls along: those of the map that was asked for; or the features, then more of them.

    More are principal axes, and directions drawn at random, each from a fixed seed; fewer of them for many samples.
    """
    d = plan.points.shape[1]
    if not np.array_equal(plan.matrix, np.eye(d)):
        yield plan.matrix
        return
    varied = np.flatnonzero(np.ptp(plan.points, axis=0) > 0)
    yield np.eye(d)[varied]
    most = max(1.0, MOST_NUMBERS / len(plan.points))
    spread = plan.points - plan.points.mean(axis=0)
    axes = np.linalg.eigh(spread.T @ spread)[1].T[::-1][: min(AXES, int(most))]
    random = np.random.default_rng(0).standard_normal((min(RANDOM, int(most)), d))
    yield np.concatenate([np.eye(d)[varied], axes, random / np.linalg.norm(random, axis=1, keepdims=True)])
