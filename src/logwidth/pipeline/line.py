"""The contrast that is not robust: a random line on which all opposite samples have distinct images (T9)."""

import numpy as np

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap, check_map
from logwidth.norms import dual_exponent
from logwidth.separation import Separation, Target, target_of

LINE = "line"
SHARE = 0.9
LINES = 20


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
