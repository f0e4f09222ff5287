"""What the paper's own construction is built on: ℓ2 balls that contain the given ones, and a map of the paper's rank."""

from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap, check_map, search_map
from logwidth.norms import containment, norm_name
from logwidth.separation import Goal, Separation, separation
from logwidth.types import Progress

PAPER_EXTRA = 6


@dataclass(frozen=True)
class Ground:
    """The norm in which map and network are made, with the separation and the goal in it."""

    norm: float
    sep: Separation
    goal: Goal


def containing_ground(data: Dataset, norm: float, goal: Goal, sep: Separation, name: str) -> Ground:
    """Return the ground of ℓ2 balls of radius `c_p^+ σ`, which contain the ℓp balls of radius σ: `ρ' = 2 c_p^+ σ / δ_2`.

    Raises InputError where `ρ' ≥ 1`; the message says which ratio is reached, and what reaches more.
    """
    if norm == 2.0:
        return Ground(2.0, sep, goal)
    factor = containment(norm, data.n_features)
    euclidean = separation(data, norm=2.0)
    radius = factor * goal.radius
    ratio = 2 * radius / euclidean.lower
    if not ratio < 1.0:
        raise InputError(
            f"the construction {name} serves l{norm_name(norm)} balls inside l2 balls, here up to ratio "
            f"{goal.ratio / ratio:.4g} and not {goal.ratio:.4g}; the construction cells reaches every ratio below 1"
        )
    return Ground(2.0, euclidean, Goal(radius, ratio))


def paper_map(data: Dataset, ground: Ground, width: int | None, rng: int, progress: Progress) -> PreservingMap:
    """Return the identity for `width ≥ d + 6` (Theorem 4.2), else an orthogonal map of rank `width − 6` (Theorem 4.4).

    Raises InputError when the map found at that rank does not keep the ratio.
    """
    d = data.n_features
    if width is None or width >= d + PAPER_EXTRA:
        return check_map(data, np.eye(d), norm=2, method="identity", separation=ground.sep)
    rank, ratio = width - PAPER_EXTRA, ground.goal.ratio
    found = search_map(
        data, rank, rng=rng, separation=ground.sep, wanted_ratio=min(1.0, (1.0 + ratio) / 2), progress=progress
    )
    if not found.ratio_lower > ratio:
        raise InputError(
            f"width {width} is too small for the construction sawtooth at ratio {ratio:.6g}: the map of rank {rank} keeps "
            f"{found.ratio_lower:.6g}; try a larger --width"
        )
    return found
