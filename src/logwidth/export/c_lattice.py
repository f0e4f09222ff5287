"""A fused network in integers as one file of C99: exact on data whose features are integers."""

from collections.abc import Sequence

import numpy as np

from logwidth.export.c_arrays import c_integers, c_texts, comment, integer_type
from logwidth.export.texts import template
from logwidth.network.lattice import IntegerNetwork


def integers_to_c(network: IntegerNetwork, classes: Sequence[object], *, about: Sequence[str] = ()) -> str:
    """Return C99 text that takes all scores of an integer network and returns the class of the largest.

    `logwidth_class(x)` reads a row of d integers, features times `2^shift`, and returns the index of the class, the earlier
    one where two score alike, or −1 where a feature lies outside the range for which no sum overflows. Nothing is rounded,
    nothing allocated, and the work does not depend on the row.
    """
    low, high = network.low, network.high
    feature = integer_type(min(int(low.min()), -1), int(high.max()))
    image, score = (integer_type(-size - 1, size) for size in network.largest())
    head = [
        "A network written by logwidth, in C99, in integers.",
        *about,
        f"{low.size} features times {2**network.shift}, {len(network.first)} sums, {len(network.scores)} scores of "
        f"{len(network.sizes)} classes; no rounding, no allocation.",
    ]
    numbers = "\n".join(
        [
            f"enum {{ FEATURES = {low.size}, RANK = {len(network.first)}, PIECES = {len(network.scores)}, "
            f"CLASSES = {len(network.sizes)} }};",
            c_texts("logwidth_names", [str(name) for name in classes]),
            c_integers("low", low),
            c_integers("high", high),
            c_integers("first_weight", network.first.ravel()),
            c_integers("first_bias", network.first_bias),
            c_integers("score_weight", network.scores.ravel()),
            c_integers("score_bias", network.score_bias),
            c_integers("class_end", np.cumsum(network.sizes)),
        ]
    )
    code = template("lattice.c").replace("FEATURE_T", feature).replace("IMAGE_T", image).replace("SCORE_T", score)
    return comment(head) + "\n" + code.replace("NUMBERS", numbers)
