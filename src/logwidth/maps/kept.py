"""Robust Johnson–Lindenstrauss in experiment: what random maps keep of given differences. Measured, never proven."""

from dataclasses import dataclass

import numpy as np

from logwidth.maps.starts import Rng, generator, haar_frame
from logwidth.types import FloatArray


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
