"""ℓp norms, their duals and the containment constants between ℓp and ℓ2 balls."""

import math

import numpy as np

from logwidth.errors import InputError
from logwidth.types import FloatArray


def parse_norm(norm: object) -> float:
    """Return the exponent p ∈ [1, ∞] named by `norm` ('inf', '2', 1.5, math.inf, …).

    Raises InputError for anything else.

    >>> parse_norm("inf"), parse_norm(2)
    (inf, 2.0)
    """
    try:
        p = float(norm)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        p = math.nan
    if not p >= 1.0:
        raise InputError(f"norm must be a real number p >= 1 or 'inf', not {norm!r}")
    return p


def norm_name(p: float) -> str:
    """Return the name of an exponent as users write it, of this one only: '1', '2', 'inf', '1.5'.

    >>> norm_name(2.0), norm_name(math.inf), norm_name(1.9999999)
    ('2', 'inf', '1.9999999')
    """
    return repr(float(p)).removesuffix(".0")


def dual_exponent(p: float) -> float:
    """Return q with `1/p + 1/q = 1`.

    >>> dual_exponent(2.0), dual_exponent(1.0), dual_exponent(math.inf)
    (2.0, inf, 1.0)
    """
    if p == 1.0:
        return math.inf
    return 1.0 if math.isinf(p) else p / (p - 1.0)


def lengths(rows: FloatArray, p: float) -> FloatArray:
    """Return `‖row‖_p` `(n,)`, rounded, for every p: no power of an entry over- or underflows to a length of infinity or 0.

    For p = 2, where nothing is scaled, that holds of entries between 10^-150 and 10^150, as those of data are.

    >>> lengths(np.array([[30.0, -30.0], [0.0, 0.0]]), 1e6)
    array([30.00002079,  0.        ])
    """
    if p in {1.0, 2.0, math.inf}:
        return np.asarray(np.linalg.norm(rows, ord=p, axis=1))
    largest = np.abs(rows).max(axis=1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    return np.asarray(unit * np.linalg.norm(rows / unit[:, None], ord=p, axis=1))


def containment(p: float, d: int) -> float:
    """Return an upper bound on `c_p^+ = max(1, d^{1/2 − 1/p})`, the least c with `B_p(0, 1) ⊂ B_2(0, c)` in `R^d`.

    >>> containment(1.5, 9), 3.0 <= containment(math.inf, 9) <= 3.000001
    (1.0, True)
    """
    if p <= 2.0:
        return 1.0
    return math.pow(d, 0.5 - (0.0 if math.isinf(p) else 1.0 / p)) * (1.0 + 2.0**-40)
