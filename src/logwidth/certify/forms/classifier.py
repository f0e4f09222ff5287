"""Networks with one score per class: a recognised label network under a head of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.forms.scores_head import label_network, reads_classes
from logwidth.certify.leads.first_layer import Domain, FirstLayer
from logwidth.certify.leads.pieces import Comparison
from logwidth.certify.leads.requirement import BallTest, Form
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork


@dataclass(frozen=True, eq=False)
class ClassifierForm:
    """The form of the label network; its proofs say that the score of the class exceeds every other by 1 at least.

    The label is printed exactly, in floats, wherever the comparisons hold; then the scores are exact integers.
    """

    label: Form
    n_classes: int
    rule = "exact"

    @property
    def name(self) -> str:
        """Name of the form."""
        return f"{self.label.name} with scores"

    @property
    def first(self) -> FirstLayer:
        """The first layer as stored."""
        return self.label.first

    def comparisons(self, domain: Domain) -> tuple[Sequence[Comparison | BallTest], dict[str, float]]:
        """Return what must hold on the balls; raise UnprovableNetworkError when a label is none of the classes."""
        comparisons, constants = self.label.comparisons(domain)
        values = {value for comparison in comparisons for value in comparison.values}
        if not reads_classes(values, self.n_classes):
            raise UnprovableNetworkError("a label of the network is not the number of a class")
        return comparisons, {**constants, "score_margin": 1.0}


def recognise_classifier(network: ReluNetwork) -> ClassifierForm:
    """Return the form of a stored network with C ≥ 2 outputs; raise UnrecognisedNetworkError when it has none."""
    form = recognise(label_network(network))
    if form.rule != "exact":
        raise UnrecognisedNetworkError("the label behind the scores is not printed exactly")
    return ClassifierForm(form, network.n_outputs)
