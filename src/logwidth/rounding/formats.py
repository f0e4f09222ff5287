"""Binary formats, the standard model of rounding errors, whether this process keeps to it, and steps to the safe side."""

from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.errors import InputError
from logwidth.types import FloatArray

ONE, HALF_ABOVE, HALF_BELOW = 1.0, 2.0**-53, 2.0**-54  # half of what lies between 1 and its neighbours: ties, to even
LEAST_NORMAL, HALF, LARGE = 2.0**-1022, 0.5, 2.0**60


@overload
def up(x: float, steps: int = 1) -> float: ...
@overload
def up(x: FloatArray, steps: int = 1) -> FloatArray: ...
def up(x: float | FloatArray, steps: int = 1) -> float | FloatArray:
    """Return the `steps`-th float64 above `x`.

    One correctly rounded operation (`+ - * / sqrt`) errs by at most half an ulp, so `up(fl(a ∘ b)) ≥ a ∘ b`.

    >>> up(1.0) > 1.0
    True
    """
    return _towards(x, np.inf, steps)


@overload
def down(x: float, steps: int = 1) -> float: ...
@overload
def down(x: FloatArray, steps: int = 1) -> FloatArray: ...
def down(x: float | FloatArray, steps: int = 1) -> float | FloatArray:
    """Return the `steps`-th float64 below `x`; the mirror image of :func:`up`.

    >>> down(1.0) < 1.0
    True
    """
    return _towards(x, -np.inf, steps)


def _towards(x: float | FloatArray, target: float, steps: int) -> float | FloatArray:
    y = np.asarray(x, dtype=np.float64)
    for _ in range(steps):
        y = np.nextafter(y, target)
    return float(y) if np.ndim(x) == 0 else y


def check_arithmetic() -> None:
    """Raise InputError unless this thread rounds to nearest, ties to even, and keeps subnormal numbers.

    Any library may change both, and threads that start later inherit it: importing codac 2.1.2 leaves the process rounding
    upward, `torch.set_flush_denormal(True)` and libraries built with `-ffast-math` flush subnormal numbers to zero. Then
    :func:`up` and γ_n bound nothing. Operands are names, since constants are folded when a file is compiled.
    """
    if ONE + HALF_ABOVE != ONE or ONE - HALF_BELOW != ONE:
        raise InputError(
            "this process does not round floats to nearest, as every proof here supposes; a library that it has loaded "
            "changed that (codac does): do this work in a process without it"
        )
    if LEAST_NORMAL * HALF * LARGE != LEAST_NORMAL * LARGE * HALF:
        raise InputError(
            "this process flushes tiny floats to zero, against what every proof here supposes; call "
            "torch.set_flush_denormal(False), or do this work without the library that was built with -ffast-math"
        )


@dataclass(frozen=True)
class FloatFormat:
    """A binary interchange format of IEEE 754 with round-to-nearest.

    `unit` is the unit roundoff u: `fl(a ∘ b) = (a ∘ b)(1 + e)`, `|e| ≤ u`, when nothing under- or overflows.
    `tiny` bounds the absolute error that one underflowing product adds. `largest` is the largest finite number, `normal`
    the smallest one of full precision.
    """

    name: str
    unit: float
    tiny: float
    largest: float
    normal: float


BINARY32 = FloatFormat("float32", 2.0**-24, 2.0**-150, 2.0**128 - 2.0**104, 2.0**-126)
BINARY64 = FloatFormat("float64", 2.0**-53, 2.0**-1074, float.fromhex("0x1.fffffffffffffp+1023"), 2.0**-1022)


def float_format(dtype: str) -> FloatFormat:
    """Return the format called `dtype` ('float32' or 'float64').

    >>> float_format("float32").unit == 2.0**-24
    True
    """
    formats = {"float32": BINARY32, "float64": BINARY64}
    if dtype not in formats:
        raise InputError(f"dtype must be float32 or float64, not {dtype!r}")
    return formats[dtype]


def stored(values: ArrayLike, dtype: str) -> NDArray[np.float64]:
    """Return the values rounded to the format, as float64.

    Raises InputError where one is NaN or beyond the format's largest number.

    >>> stored([0.1], "float32").tolist()
    [0.10000000149011612]
    """
    exact = np.asarray(values, dtype=np.float64)
    largest = float(np.abs(exact).max(initial=0.0))
    if not largest <= float_format(dtype).largest:  # NaN is not
        raise InputError(f"a number of size {largest:.3g} is needed, which {dtype} does not hold; use another --scale")
    rounded: NDArray[np.float64] = exact.astype(dtype).astype(np.float64)
    return rounded


def gamma_upper(n: int, unit: float) -> float:
    """Return an upper bound on `γ_n = n u / (1 − n u)`.

    A sum of products with `n` roundings on every path, in any order and with or without fused multiply-add,
    errs by at most `γ_n Σ|products|` (Higham, Accuracy and Stability of Numerical Algorithms, Lemma 3.1 and (3.4)).

    Raises InputError when `n u ≥ 1/2`: the model says nothing useful there; and where this process rounds otherwise than the
    model (:func:`check_arithmetic`).

    >>> 3 * 2.0**-24 < gamma_upper(3, 2.0**-24) < 3.0000007 * 2.0**-24
    True
    """
    check_arithmetic()
    product = n * unit
    if product >= 0.5:
        raise InputError(f"{n} roundings with unit {unit:g} are too many for the rounding-error model")
    return up(product / (1.0 - product), 4)
