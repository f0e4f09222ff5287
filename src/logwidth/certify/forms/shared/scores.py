"""The rule behind a chain that finds the nearest piece: which class has the largest score."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.pieces import Pieces
from logwidth.types import FloatArray


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
