"""The radius that is asked for, absolutely or as a fraction of what the data allow."""

import math
from dataclasses import dataclass
from fractions import Fraction

from logwidth.errors import InputError
from logwidth.norms import norm_name
from logwidth.rounding import float_lower, fraction
from logwidth.separation.minimum import Separation

DEFAULT_RATIO = 0.9  # of 2σ/δ, wherever none is asked for


@dataclass(frozen=True)
class Target:
    """A radius σ and its ratio `ρ = 2σ/δ ∈ (0, 1)`: no network robustly memorizes at ρ ≥ 1 (closed balls meet)."""

    radius: float
    ratio: float


def target_of(sep: Separation, *, ratio: float | None = None, radius: float | None = None) -> Target:
    """Return the target for a wanted `ratio` or `radius` (exactly one of them).

    From a ratio the radius is `ρ δ/2` with δ's lower bound, rounded down: `2 radius ≤ ρ δ`.

    Raises InputError for both or neither, a ratio outside (0, 1), or a radius that is not positive or not below δ/2; the
    closest opposite pair is named.
    """
    if (ratio is None) == (radius is None):
        raise InputError("give either a ratio or a radius")
    if ratio is not None:
        if not (isinstance(ratio, int | float) and 0.0 < ratio < 1.0):
            raise InputError(
                f"the ratio 2*radius/delta must lie strictly between 0 and 1, not {ratio!r}: "
                f"at 1 the balls of samples {sep.pair[0]} and {sep.pair[1]} meet"
            )
        sigma = float_lower(fraction(ratio) * fraction(sep.lower) / 2)
        return Target(sigma, float(ratio))
    assert radius is not None
    if not (math.isfinite(radius) and radius > 0 and Fraction(radius) * 2 < fraction(sep.lower)):
        raise InputError(
            f"the radius must be positive and below delta/2 = {sep.lower / 2:.9g}, not {radius}: samples {sep.pair[0]} and "
            f"{sep.pair[1]} have different labels and are {sep.lower:.9g} apart in l{norm_name(sep.norm)}"
        )
    return Target(float(radius), 2.0 * radius / sep.lower)
