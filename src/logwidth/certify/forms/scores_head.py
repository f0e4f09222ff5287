"""Reading a head of scores back to the label that it was made from."""

import numpy as np

from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork

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
