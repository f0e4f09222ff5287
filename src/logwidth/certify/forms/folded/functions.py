"""Affine functions of what folding layers hold, proven on balls: by chords, by patterns, by slopes that are looked for."""

from collections.abc import Iterator

import numpy as np

from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.slopes import Wanted, proven_by_slopes
from logwidth.types import BoolArray

PAIRS = 2048  # functions that are looked at together
MOST_SOUGHT = 60_000  # functions for which slopes are looked for


def proven(balls: FoldedBalls, wanted: Wanted, *, apart: bool = False) -> BoolArray:
    """Return which functions of the last layer's u are at least what is needed on their balls, δ included.

    A ball on which one function fails is given up in the last step with all of its functions, unless they are `apart`.
    """
    good = np.zeros(len(wanted.owner), dtype=bool)
    left, last = np.arange(len(good)), balls.layers.depth - 1
    for chords in (True, False):
        for part in parts(left.size, PAIRS):
            here = wanted.take(left[part])
            good[left[part]] = balls.lower(here.owner, here.v, here.const, last, chords=chords) >= here.needed
        left = left[~good[left]]
    if left.size > MOST_SOUGHT:
        return good
    for part in parts(left.size, PAIRS):
        here, around = wanted.take(left[part]), balls
        if apart:
            around, here = balls.take(here.owner), Wanted(np.arange(len(here.owner)), here.v, here.const, here.needed)
        good[left[part]] = proven_by_slopes(around, here)
    return good


def parts(count: int, most: int) -> Iterator[slice]:
    """Return slices that cut `count` entries into parts of at most `most`."""
    return (slice(start, min(start + most, count)) for start in range(0, count, most))
