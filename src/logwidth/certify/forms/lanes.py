"""Proving the network of several running maxima that meet in a tournament."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import running_maximum
from logwidth.certify.forms.shared.scores import Scores
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer
from logwidth.certify.leads.pieces import Comparison, Comparisons, Pieces
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import gamma_upper

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class LanesForm(Recognised):
    """What the stored layers say: scores `pieces` with their label `values` `(P,)`, and the tournament of their maxima.

    Layers of scores hold, per lane, `s ← ReLU(s + r)`, `r ← ReLU(a_t(z) − s − r)`. Then pairs A, B of maxima meet,
    `s ← ReLU(A)`, `r ← ReLU(B − A)`, in `rounds` rounds; those between classes also hold `q ← ReLU(A − B)`, and one layer
    later the label units of A less λ r, those of B less λ q. `codes` are the labels less the output's constant, `rates` the
    least and the largest λ.
    """

    name = "lanes"
    rule = "exact"
    first: FirstLayer
    pieces: Pieces
    values: FloatArray
    codes: tuple[float, ...]
    rounds: int
    rates: tuple[float, float]

    def scores(self) -> Scores:
        """Return the pieces with their label values."""
        return Scores(self.pieces, self.values, from_zero=True)

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        A lane starts from 0, so 0 is one more opposite score. Its `M = s + r` lies within 2uS of a maximum of
        scores `a_t ± E_t` and 0 (as in the register). A round moves a maximum by at most `(u + 2γ_3)S`: one rounding
        of s, three additions in r (the weights are ±1), and max is 1-Lipschitz. So in the last of k rounds, and in all
        before, the winner of the true class's match is ahead, as computed, by
        `lead − E_s − E_j − (4u + 2(k − 1)(u + 2γ_3) + 2γ_3)S`; if that is at least `4 Σ codes/λ` the loser's label
        units, which sum to at most `2 Σ codes`, are exactly 0, and the winner's are copied.
        """
        unit = domain.first.format.unit
        rounded, match = gamma_upper(1, unit), 2 * gamma_upper(3, unit)
        moved = (2 * rounded + (self.rounds - 1) * (rounded + match)) * SLOP
        largest, error = running_maximum(self.pieces, domain, domain.lower, domain.upper)
        self._check_range(domain, largest, moved)
        lead = 4 * sum(self.codes) / self.rates[0] * SLOP
        carry = (2 * moved + match) * SLOP
        highest = (error + (moved + rounded + match) * largest) * SLOP  # the last round's maximum too

        def of_class(value: float) -> Comparison:
            own = self.values == value
            return Comparison(
                self.pieces.take(np.flatnonzero(own)),
                _with_zero(self.pieces.take(np.flatnonzero(~own))),
                frozenset([value]),
                lead,
                carry=carry,
                others=0.0,
                highest_error=highest,
            )

        return Comparisons(self.values, of_class), {
            "score_error": error,
            "score_upper": largest,
            "lead": lead,
            "rate": self.rates[0],
        }

    def _check_range(self, domain: Domain, largest: float, moved: float) -> None:
        """`largest` is 1% above the scores, of which their errors take 0.4%."""
        if not moved <= 2.0**-9:
            raise UnprovableNetworkError(f"{self.rounds} rounds are too many for this float format")
        if not (largest + sum(self.codes)) * max(self.rates[1], 1.0) * 8 < domain.first.format.largest:
            raise UnprovableNetworkError("a label unit may overflow")


def _with_zero(pieces: Pieces) -> Pieces:
    """Return the pieces and the zero function."""
    m = pieces.weights.shape[1]
    return Pieces(
        np.concatenate([pieces.weights, np.zeros((1, m))]), np.append(pieces.biases, 0.0), np.append(pieces.errors, 0.0)
    )
