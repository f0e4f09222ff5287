"""ℓp norms, their duals and the containment constants between ℓp and ℓ2 balls."""

import math

from logwidth.errors import InputError


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
    """Return the name of an exponent as users write it: '1', '2', 'inf', '1.5'.

    >>> norm_name(2.0), norm_name(math.inf), norm_name(1.5)
    ('2', 'inf', '1.5')
    """
    return f"{p:g}"


def dual_exponent(p: float) -> float:
    """Return q with `1/p + 1/q = 1`.

    >>> dual_exponent(2.0), dual_exponent(1.0), dual_exponent(math.inf)
    (2.0, inf, 1.0)
    """
    if p == 1.0:
        return math.inf
    return 1.0 if math.isinf(p) else p / (p - 1.0)
