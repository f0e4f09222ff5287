"""The floor of the house: directed bounds, float formats, exact rationals."""

from logwidth.rounding.distance import distance_upper
from logwidth.rounding.dyadic import Dyadic
from logwidth.rounding.exact import float_lower, float_near, float_upper, fraction, sqrt_lower, sqrt_upper
from logwidth.rounding.formats import BINARY32, BINARY64, FloatFormat, float_format, gamma_upper, stored
from logwidth.rounding.mode import check_arithmetic
from logwidth.rounding.steps import down, up

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
