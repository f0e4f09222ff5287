"""From a label to one score per class: an affine head whose margin no rounding can touch."""

import numpy as np

from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork

MOST_CLASSES = 1000


def with_logits(network: ReluNetwork, n_classes: int) -> ReluNetwork:
    """Return the network whose output c is `2 c l − c² = l² − (l − c)²`, `l` the label in `{0, …, C−1}` that it printed.

    The score of class `l` exceeds that of class c by `(l − c)² ≥ 1`. Weights, terms and sums are integers below 2²⁴, so that
    float32 computes them exactly in any order: the margin of 1 is larger than the rounding error, which is 0.

    Raises InputError for more classes than that holds for, or a network with more than one output.

    >>> one = AffineLayer.from_rows(1, [{0: 1.0}], [0.0], "float32")
    >>> with_logits(ReluNetwork((one,), one), 3).output.dense().tolist()
    [[0.0], [2.0], [4.0]]
    """
    if network.n_outputs != 1:
        raise InputError(f"a head of scores needs a network with one output, not {network.n_outputs}")
    if not 2 <= n_classes <= MOST_CLASSES:
        raise InputError(f"a head of scores serves 2 to {MOST_CLASSES} classes, not {n_classes}")
    codes = np.arange(n_classes, dtype=network.dtype)
    row, bias = network.output.dense()[0], network.output.bias[0]
    head = AffineLayer.from_dense(2 * codes[:, None] * row[None, :], 2 * codes * bias - codes * codes)
    return ReluNetwork(network.hidden, head)
