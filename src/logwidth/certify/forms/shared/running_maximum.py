"""What forms of scores share: pieces with label values, the running maximum with exact carry, and exact integers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.first_layer import SLOP, Domain
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.types import FloatArray

CONSTANT_SLACK = 1.0 + 2.0**-18  # more than (1 + u)^8 of float32: the roundings between a constant and its use


@dataclass(frozen=True, eq=False)
class Scores:
    """All pieces of a form up to a common affine function, and the label `values` `(P,)` that they stand for.

    `from_zero`: the chain's maxima start from 0, so 0 is one more opposite score. `drift` `(m,)` and `drift_bias` bound by
    how much the weights and the bias of a difference `a_s − a_j` differ from those that the chain compares, where it stores
    the same pieces several times. Above `ceiling` coordinate 0 has another meaning. `one_leader`: what the form's
    certificate asks for on a ball implies that one score of its label leads the scores of all others there.
    """

    pieces: Pieces
    values: FloatArray
    from_zero: bool = False
    drift: FloatArray | None = None
    drift_bias: float = 0.0
    ceiling: float = np.inf
    one_leader: bool = True

    def drift_upper(self, upper: FloatArray) -> float:
        """Return a bound on how far a difference is off on `0 ≤ z ≤ upper`."""
        return self.drift_bias if self.drift is None else float(self.drift @ upper) + self.drift_bias


def running_maximum(
    pieces: Pieces, domain: Domain, lower: FloatArray, upper: FloatArray, others: float = 0.0
) -> tuple[float, float]:
    """Return `(S, E)`: a bound on the computed running maximum `s + r`, and on the error of any one score.

    `others` is the size of further terms in a score's sum. `S` is one percent above the largest score on the box
    `lower ≤ z ≤ upper`, which the errors must fit in:
    `2E + 8uS ≤ 0.01 S`.

    Raises UnprovableNetworkError when they do not, or when a sum may overflow.
    """
    fmt = domain.first.format
    exact_largest = pieces.largest_value(lower, upper)
    rounding_floor = (pieces.magnitude(upper) + others) * 2.0**-10 + 2.0**20 * fmt.tiny
    largest = 1.01 * max(exact_largest, rounding_floor) * SLOP
    model = dot_error(domain)
    error = model.factor * (pieces.magnitude(upper) + 2 * largest + others) + model.floor
    error = (error + float(pieces.errors.max(initial=0.0))) * SLOP
    if not 2 * error + 8 * fmt.unit * largest <= largest / 128:
        raise UnprovableNetworkError("the scores are too large for their differences in this float format")
    if not (pieces.magnitude(upper) + 4 * largest + others) * 4 < fmt.largest:
        raise UnprovableNetworkError("a score may overflow")
    return largest, error


def exact_integers(numbers: Sequence[float], dtype: str, layer: int = 0) -> None:
    """Refuse numbers, of some layer, that are not integers within the range in which the format holds every integer."""
    limit = 2.0**24 if dtype == "float32" else 2.0**53
    if not all(float(v).is_integer() and abs(v) <= limit for v in numbers):
        raise UnrecognisedNetworkError("label values or increments are not integers that the format holds exactly", layer)
