"""Directed steps: a float64 result moved outward so that it bounds the exact one."""

from typing import overload

import numpy as np

from logwidth.types import FloatArray


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
