"""A radius of its own for every sample: map, certificate and numbers of `radius = "max"`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from logwidth.certify import Certificate, Certification, Outcome, certify
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap, check_map, pca_map, search_map
from logwidth.network import ReluNetwork
from logwidth.separation import Separation, Target, separation, target_of
from logwidth.types import Progress

BUILT_FOR = 0.9  # the ratio from which a network takes its rates; own radii end where its margins do
TRIED = (0.5, 0.1, 0.01, 0.001)  # ratios at which all samples are certified first
MARGIN = 2.0**-12


def map_of_own_radii(data: Dataset, rank: int, sep: Separation, rng: int, progress: Progress) -> PreservingMap:
    """Return a map of at most `rank` under which most samples keep much of their own distance to the opposite ones.

    The span of the data (ℓ2) or the identity if the rank allows it; else, in ℓ2, of the map that keeps the smallest
    distance and that of the principal directions the one with the larger median distance. Heuristic; certificates measure.
    """
    d = data.n_features
    if sep.norm != 2.0:
        if rank >= d:
            return check_map(data, np.eye(d), norm=sep.norm, method="identity", separation=sep)
        return search_map(data, rank, norm=sep.norm, rng=rng, separation=sep, progress=progress)
    plain = pca_map(data, rank, separation=sep)
    if plain.method == "span":
        return plain
    searched = search_map(data, rank, rng=rng, separation=sep, progress=progress)
    return max(searched, plain, key=lambda found: _median_distance(data, found))


def _median_distance(data: Dataset, found: PreservingMap) -> float:
    try:
        images = Dataset(data.points @ found.matrix.T, data.labels)
    except InputError:  # opposite samples with one image
        return 0.0
    return float(np.median(separation(images, norm=2.0).sample_upper))


def certify_own(
    network: ReluNetwork, data: Dataset, sep: Separation, progress: Callable[[float], None]
) -> tuple[Certification, Target]:
    """Return the radii proven for the samples one by one, and as target the radius that all of them reach."""
    for ratio in TRIED:
        target = target_of(sep, ratio=ratio)
        found = certify(network, data, target.radius, norm=sep.norm, progress=progress)
        if (found.status == Outcome.CERTIFIED).all():
            break
    else:
        return found, target
    least = target_of(
        sep, radius=min(float(found.radius_lower.min()) * (1 - MARGIN), target_of(sep, ratio=1 - MARGIN).radius)
    )
    again = certify(network, data, least.radius, norm=sep.norm, progress=progress)
    return (again, least) if (again.status == Outcome.CERTIFIED).all() else (found, target)


def own_numbers(certificate: Certificate, sep: Separation) -> dict[str, Any]:
    """Return what a summary says further: the largest radius, and the median share of half the own distance."""
    return {
        "radius_mode": "max",
        "radius_lower_max": float(certificate.radius_lower.max()),
        "own_share_median": float(np.median(2 * certificate.radius_lower / sep.sample_upper)),
    }
