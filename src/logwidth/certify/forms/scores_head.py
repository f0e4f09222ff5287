"""Networks with one score per class: a head of scores is read back to the label that it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.leads.first_layer import Domain, FirstLayer
from logwidth.certify.leads.requirement import Form, Requirement
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.types import FloatArray, IntArray

MOST_CLASSES = 1000


def label_network(network: ReluNetwork) -> ReluNetwork:
    """Return the network with one output l whose stored scores are `2 c l − c²`, c = 0, …, C − 1.

    Every stored weight and bias is accounted for: row c is 2c times the row of l. If l is printed exactly, as a sum of
    integers of size at most 4C (which :func:`reads_classes` checks of the values), all scores are sums of integers
    below 2²⁴, hence exact in any order of summation, and the class l has the largest one by at least 1.

    Raises UnrecognisedNetworkError where the output departs from that.
    """
    count = network.n_outputs
    if not 2 <= count <= MOST_CLASSES:
        raise UnrecognisedNetworkError(f"the output has {count} scores")
    weights, bias = network.output.dense().astype(np.float64), network.output.bias.astype(np.float64)
    row, constant = weights[1] / 2, (bias[1] + 1) / 2
    codes = np.arange(count, dtype=np.float64)
    exact = np.array_equal(weights, 2 * codes[:, None] * row) and np.array_equal(bias, 2 * codes * constant - codes**2)
    if not exact:
        raise UnrecognisedNetworkError("the output is no head of scores over a label")
    kind = np.dtype(network.dtype)
    label = AffineLayer.from_dense(row[None, :].astype(kind), np.array([constant]).astype(kind))
    if not np.array_equal(label.dense()[0].astype(np.float64), row) or float(label.bias[0]) != constant:
        raise UnrecognisedNetworkError("the label behind the scores is not a number of the network's format")
    return ReluNetwork(network.hidden, label)


def reads_classes(values: set[float], n_classes: int) -> bool:
    """Return whether all label values are among `0, …, C − 1`."""
    return all(float(v).is_integer() and 0 <= v < n_classes for v in values)


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

    @property
    def clips(self) -> bool:
        """Whether the first ReLU may clip."""
        return self.label.clips

    def domain(
        self, points: FloatArray, radius: float, norm: float, reach: float | None = None, rows: IntArray | None = None
    ) -> Domain:
        """Return what holds on the balls, as the label's form has it."""
        return self.label.domain(points, radius, norm, reach, rows)

    def comparisons(self, domain: Domain) -> tuple[Sequence[Requirement], dict[str, float]]:
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
