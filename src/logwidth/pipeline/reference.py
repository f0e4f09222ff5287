"""What is built to compare with: on the paper's map, in ℓ2 balls that contain the given ones; on a random line (T9)."""

from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap, check_map, search_map
from logwidth.norms import containment, dual_exponent, norm_name
from logwidth.separation import Separation, Target, separation, target_of
from logwidth.types import Progress

PAPER_EXTRA = 6
LINE = "line"
SHARE = 0.9
LINES = 20


@dataclass(frozen=True)
class WorkingNorm:
    """The norm in which map and network are made, with the separation and the target in it."""

    norm: float
    sep: Separation
    target: Target


def working_norm(data: Dataset, norm: float, target: Target, sep: Separation, name: str) -> WorkingNorm:
    """Return the working norm ℓ2 for balls of radius `c_p^+ σ` that hold the ℓp balls of radius σ: `ρ' = 2 c_p^+ σ / δ_2`.

    Raises InputError where `ρ' ≥ 1`; the message says which ratio is reached, and what reaches more.
    """
    if norm == 2.0:
        return WorkingNorm(2.0, sep, target)
    factor = containment(norm, data.n_features)
    euclidean = separation(data, norm=2.0)
    radius = factor * target.radius
    ratio = 2 * radius / euclidean.lower
    if not ratio < 1.0:
        raise InputError(
            f"the construction {name} serves l{norm_name(norm)} balls inside l2 balls, here up to ratio "
            f"{target.ratio / ratio:.4g} and not {target.ratio:.4g}; the construction cells reaches every ratio below 1"
        )
    return WorkingNorm(2.0, euclidean, Target(radius, ratio))


def paper_map(data: Dataset, working: WorkingNorm, width: int | None, rng: int, progress: Progress) -> PreservingMap:
    """Return the identity for `width ≥ d + 6` (Theorem 4.2), else an orthogonal map of rank `width − 6` (Theorem 4.4).

    Raises InputError when the map found at that rank does not keep the ratio.
    """
    d = data.n_features
    if width is None or width >= d + PAPER_EXTRA:
        return check_map(data, np.eye(d), norm=2, method="identity", separation=working.sep)
    rank, ratio = width - PAPER_EXTRA, working.target.ratio
    found = search_map(
        data, rank, rng=rng, separation=working.sep, wanted_ratio=min(1.0, (1.0 + ratio) / 2), progress=progress
    )
    if not found.ratio_lower > ratio:
        raise InputError(
            f"width {width} is too small for the construction sawtooth at ratio {ratio:.6g}: the map of rank {rank} keeps "
            f"{found.ratio_lower:.6g}; try a larger --width"
        )
    return found


def line_map(data: Dataset, sep: Separation, rng: int) -> PreservingMap:
    """Return the first of a few random directions, of dual norm 1, that provably keeps opposite images apart.

    How far apart is checked on all pairs: at most `2/N` of the image's length, and of the order of `1/N²` of it for a
    random line, since that many pairs compete for the least gap.
    """
    generator = np.random.default_rng(rng)
    for _ in range(LINES):
        direction = generator.normal(size=(1, data.n_features))
        direction /= np.linalg.norm(direction[0], ord=dual_exponent(sep.norm))
        found = check_map(data, direction, norm=sep.norm, method="line", separation=sep)
        if found.distance_lower > 0:
            return found
    raise InputError(
        f"none of {LINES} random lines keeps opposite samples apart in double precision; try another construction"
    )


def line_target(sep: Separation, found: PreservingMap, ratio: float | None, radius: float | None) -> Target:
    """Return the target asked for, or nine tenths of what the line keeps if none is; InputError where it keeps less."""
    if ratio is None and radius is None:
        return target_of(sep, radius=SHARE * found.distance_lower / 2)
    target = target_of(sep, ratio=ratio, radius=radius)
    if not 2 * target.radius < found.distance_lower:
        raise InputError(
            f"the construction line is the contrast that is not robust: this line keeps ratio {found.ratio_lower:.3g} and "
            f"not {target.ratio:.3g}; leave --ratio out to see what it reaches, or use another construction"
        )
    return target
