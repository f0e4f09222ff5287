"""Maps that need no search: random, principal components, the span of the data.

>>> data = Dataset([[0.0, 0.0], [3.0, 4.0]], [0, 1])
>>> random_map(data, 2, rng=1).ratio_lower > 0.999999
True
"""

from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.maps.check import check_map, checked_rank, found_separation, two_norm
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.span import SpanCoordinates, span_coordinates
from logwidth.maps.starts import Rng, generator, haar_frame, principal_frame
from logwidth.separation import Separation
from logwidth.types import FloatArray

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


@dataclass(frozen=True, eq=False)
class KeptFractions:
    """One entry per random map: smallest `‖Tu‖/‖u‖` over the differences, largest growth `‖T‖_2`, smallest kept ratio.

    `distances / growth` is what a Euclidean argument in the image allows; `robust` is the smallest quotient norm of Fact 1
    over `‖u‖`, which depends on the kernel alone. For orthogonal projections all three agree and the growth is 1.
    """

    distances: FloatArray
    growth: FloatArray
    robust: FloatArray


def kept_fractions(u: FloatArray, rank: int, draws: int, *, gaussian: bool = False, rng: Rng = 0) -> KeptFractions:
    """Return what `draws` random maps of this rank keep of the differences u (n, d), n nonzero rows; in floats.

    Uniformly random orthogonal projections, or Gaussian matrices with entries of variance `1/k`, for which `‖Tu‖² = ‖u‖²` in
    expectation (the map of the Johnson–Lindenstrauss lemma).

    >>> kept = kept_fractions(np.eye(3), 3, 2)
    >>> kept.robust.round(9).tolist()
    [1.0, 1.0]
    """
    source, d = generator(rng), u.shape[1]
    unit = u / np.linalg.norm(u, axis=1)[:, None]
    found = np.empty((3, draws))
    for i in range(draws):
        if gaussian:
            T = source.standard_normal((rank, d)) / np.sqrt(rank)
            frame, growth = np.linalg.qr(T.T)[0], float(np.linalg.norm(T, 2))
        else:
            frame, growth = haar_frame(d, rank, source), 1.0
            T = frame.T
        found[:, i] = _smallest(unit @ T.T), growth, _smallest(unit @ frame)
    return KeptFractions(*found)


def _smallest(images: FloatArray) -> float:
    return float(np.sqrt(np.einsum("ij,ij->i", images, images).min()))
