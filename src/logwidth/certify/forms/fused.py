"""Proving the fused network: every score at once, the class of the largest."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.forms.shared.scores import Scores
from logwidth.certify.leads.comparison import Comparisons
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.network import FusedNetwork
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class FusedForm(Recognised):
    """What the stored file says: the scores with their label `values` `(P,)`, integers that the format holds.

    With `one_leader` a proof must show one score of the label that leads all others; the label alone does not need it.
    """

    name = "fused"
    rule = "exact"
    first: FirstLayer
    pieces: Pieces
    values: FloatArray
    one_leader: bool = False

    def scores(self) -> Scores:
        """Return the pieces with their label values."""
        return Scores(self.pieces, self.values, one_leader=self.one_leader)

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        A computed score is one dot product of m products and a bias: it errs by at most `E_t`. If some s leads an opposite
        j by `E_s + E_j` and more, the computed s exceeds the computed j in any order of summation. If every opposite j has
        such an s, of whatever class, the largest computed score is none of theirs; maxima and the choice among them round
        nothing. So the class is the sample's, and its stored value is returned as it is.
        """
        model, size = dot_error(domain), self.pieces.magnitude(domain.upper)
        if not size * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("a score may overflow")
        largest = max(self.pieces.largest_value(domain.lower, domain.upper), self.pieces.drop(domain.lower, domain.upper))
        error = (model.factor * (size + 2 * largest) + model.stored * largest + model.floor) * SLOP
        strict, narrow = domain.first.format.tiny, domain.first.narrow
        if narrow is not None and not size * 2 < narrow.largest:
            raise UnprovableNetworkError(f"a score may overflow in {narrow.name}")
        found = Comparisons.of_classes(self.pieces, self.values, strict, error, any_leader=not self.one_leader)
        return found, {"score_error": error, "score_upper": largest, "lead": strict}


def fused_form(network: FusedNetwork) -> FusedForm:
    """Return the form of a fused network; raise UnrecognisedNetworkError when its label values are no exact integers."""
    exact_integers(network.values, network.dtype)
    weights, biases = network.scores.dense().astype(np.float64), network.scores.bias.astype(np.float64)
    pieces = Pieces(weights, biases, np.zeros(network.n_pieces))
    return FusedForm(read_first_layer(network.first, []), pieces, np.repeat(network.values, network.sizes))
