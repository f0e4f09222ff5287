"""Binary floating-point formats and the standard model of rounding errors."""

from dataclasses import dataclass

from logwidth.errors import InputError
from logwidth.rounding.steps import up


@dataclass(frozen=True)
class FloatFormat:
    """A binary interchange format of IEEE 754 with round-to-nearest.

    `unit` is the unit roundoff u: `fl(a ∘ b) = (a ∘ b)(1 + e)`, `|e| ≤ u`, when nothing under- or overflows.
    `tiny` bounds the absolute error that one underflowing product adds. `largest` is the largest finite number.
    """

    name: str
    unit: float
    tiny: float
    largest: float


BINARY32 = FloatFormat("float32", 2.0**-24, 2.0**-150, 2.0**128 - 2.0**104)
BINARY64 = FloatFormat("float64", 2.0**-53, 2.0**-1074, float.fromhex("0x1.fffffffffffffp+1023"))


def float_format(dtype: str) -> FloatFormat:
    """Return the format called `dtype` ('float32' or 'float64').

    >>> float_format("float32").unit == 2.0**-24
    True
    """
    formats = {"float32": BINARY32, "float64": BINARY64}
    if dtype not in formats:
        raise InputError(f"dtype must be float32 or float64, not {dtype!r}")
    return formats[dtype]


def gamma_upper(n: int, unit: float) -> float:
    """Return an upper bound on `γ_n = n u / (1 − n u)`.

    A sum of products with `n` roundings on every path, in any order and with or without fused multiply-add,
    errs by at most `γ_n Σ|products|` (Higham, Accuracy and Stability of Numerical Algorithms, Lemma 3.1 and (3.4)).

    Raises InputError when `n u ≥ 1/2`: the model says nothing useful there.

    >>> 3 * 2.0**-24 < gamma_upper(3, 2.0**-24) < 3.0000007 * 2.0**-24
    True
    """
    product = n * unit
    if product >= 0.5:
        raise InputError(f"{n} roundings with unit {unit:g} are too many for the rounding-error model")
    return up(product / (1.0 - product), 4)
