"""How far the computed value of a cell can lie from the minimum of its halfspaces, halfspace by halfspace."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import SLOP, Domain
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import gamma_upper

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CellErrors:
    """`errors` `(H,)`: the computed value is at least some, and at most every, `l_h ± errors_h` of its cell.

    `largest` bounds every number, and every partial sum, that the cells compute on the domain.
    """

    errors: FloatArray
    largest: float


def cell_errors(rows: Pieces, halfspaces: Pieces, starts: NDArray[np.intp], domain: Domain) -> CellErrors:
    """Return the rounding errors of cells whose running minimum is stored as `rows`, on all balls of the domain.

    Let a cell have the halfspaces `l_1, …, l_n`. Its layers compute `x_t = ReLU(l_{t+1} − l_t + x_{t−1} + e_t)`, `x_0 = 0`,
    and the test `l_n − x_{n−1} + e_n`, in exact arithmetic with errors e at the computed coordinates. Then
    `l_{t+1} − x_t = min(l_{t+1}, l_t − x_{t−1} − e_t)`, so the test is `e_n + min_h (l_h − Σ_{h≤t<n} e_t)`: halfspace h errs
    by at most `Σ_{t≥h} |e_t|`, the dot products from it on. One of k nonzero weights errs by at most
    `γ_{k+2}(Σ|w_l z_l| + |b| + x)` and underflow, and `x_t ≤ l_{t+1} − min_{h≤t+1} l_h + S`, `S = Σ|e|`, which is bounded on
    the box of the domain. With `f_t = γ` and C the sum of the bounds without S: `S ≤ C + S Σf`, so `S ≤ C/(1 − Σf)`.

    Raises UnprovableNetworkError when a cell is too long for the float format.
    """
    fmt, terms = domain.first.format, np.count_nonzero(rows.weights, axis=1)
    factors = np.array([gamma_upper(int(k) + 3, fmt.unit) for k in range(int(terms.max(initial=0)) + 1)])[terms] * SLOP
    floors = (terms + 4) * fmt.tiny * SLOP
    sizes = (np.abs(rows.weights) @ domain.upper + np.abs(rows.biases)) * SLOP + _held(halfspaces, starts, domain)
    shares = np.add.reduceat(factors, starts) * SLOP
    if not float(shares.max(initial=0.0)) <= 1 / 8:
        raise UnprovableNetworkError("the cells are too long for this float format")
    counts = np.diff(np.append(starts, rows.size))
    sums = np.add.reduceat(factors * sizes + floors, starts) / (1 - shares) * SLOP
    sizes += np.repeat(sums, counts)
    per_row = factors * sizes + floors
    later = [np.cumsum(part[::-1])[::-1] for part in np.split(per_row, starts[1:])]
    largest = 2 * max(halfspaces.magnitude(domain.upper), float(sizes.max(initial=0.0)))
    rounded = 2.0**-50 * largest  # the halfspaces themselves are known up to one rounding per number
    return CellErrors(np.concatenate(later) * SLOP + rounded, largest)


def _held(halfspaces: Pieces, starts: NDArray[np.intp], domain: Domain) -> FloatArray:
    """Return, per row, an upper bound on `l_t − min_{h≤t} l_h` on the domain: what the row reads of the running minimum."""
    w, b = halfspaces.weights, halfspaces.biases
    up, down = np.maximum(w, 0), np.minimum(w, 0)
    slack = (np.abs(w) @ domain.upper + np.abs(b)) * 2.0**-36
    top = up @ domain.upper + down @ domain.lower + b + slack
    bottom = up @ domain.lower + down @ domain.upper + b - slack
    lowest = [np.minimum.accumulate(part) for part in np.split(bottom, starts[1:])]
    held: FloatArray = np.maximum(top - np.concatenate(lowest), 0.0) * SLOP
    held[starts] = 0.0
    return held
