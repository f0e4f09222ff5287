"""Maps that need no search: random, principal components, the span of the data.

>>> data = Dataset([[0.0, 0.0], [3.0, 4.0]], [0, 1])
>>> random_map(data, 2, rng=1).ratio_lower > 0.999999
True
"""

import numpy as np

from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.maps.check import check_map, checked_rank, found_separation, two_norm
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.span import SpanCoordinates, span_coordinates
from logwidth.maps.starts import Rng, generator, haar_frame, principal_frame
from logwidth.separation import Separation

SHARE = 0.95


@of_data
def random_map(
    data: Dataset, rank: int, *, norm: object = 2, rng: Rng = 0, separation: Separation | None = None
) -> PreservingMap:
    """Return a uniformly random orthogonal map of the given rank, checked.

    T4 (docs/theory/t4-johnson-lindenstrauss.md) says what to expect in the worst case; what this map keeps is recomputed,
    not believed.
    Raises InputError for a rank outside `1..d` or a norm other than 2.
    """
    two_norm(norm)
    frame = haar_frame(data.n_features, checked_rank(rank, data.n_features), generator(rng))
    return check_map(data, frame.T, norm=norm, method="random", separation=separation)


@of_data
def pca_map(data: Dataset, rank: int, *, norm: object = 2, separation: Separation | None = None) -> PreservingMap:
    """Return the map onto the first principal directions of the data, checked.

    From the dimension of the affine span on it is the span itself, and loses nothing but rounding.
    Raises InputError for a rank outside `1..d` or a norm other than 2.
    """
    p = two_norm(norm)
    checked_rank(rank, data.n_features)
    sep = found_separation(data, p, separation)
    view = span_coordinates(data, sep.upper)
    if rank >= view.dimension:
        return span_map(data, view, sep)
    return check_map(data, view.lift(principal_frame(view, rank)), norm=p, method="pca", separation=sep)


def principal_rank(data: Dataset) -> int:
    """Return how many principal directions carry 95 % of the variance: a rank to begin with, no more."""
    variances = np.square(np.linalg.svd(data.points - data.points.mean(axis=0), compute_uv=False))
    return 1 + int(np.searchsorted(np.cumsum(variances), SHARE * variances.sum()))


def span_map(data: Dataset, view: SpanCoordinates, sep: Separation) -> PreservingMap:
    """Return the map onto the affine span of the data: rank r loses nothing in ℓ2."""
    return check_map(data, view.basis, method="span", separation=sep)
