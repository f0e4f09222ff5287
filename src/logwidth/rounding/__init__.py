"""The floor of the house: directed bounds, float formats, exact rationals."""

from logwidth.rounding.dyadic import Dyadic
from logwidth.rounding.exact import distance_upper, float_lower, float_near, float_upper, fraction, sqrt_lower, sqrt_upper
from logwidth.rounding.formats import (
    BINARY32,
    BINARY64,
    FloatFormat,
    check_arithmetic,
    down,
    float_format,
    gamma_upper,
    stored,
    up,
)

__all__ = [
    "BINARY32",
    "BINARY64",
    "Dyadic",
    "FloatFormat",
    "check_arithmetic",
    "distance_upper",
    "down",
    "float_format",
    "float_lower",
    "float_near",
    "float_upper",
    "fraction",
    "gamma_upper",
    "sqrt_lower",
    "sqrt_upper",
    "stored",
    "up",
]
