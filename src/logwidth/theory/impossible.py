"""What some data set refuses at a width: the least of all the bounds of T3, T3', T18 and Fact 2."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.theory.ceiling import meeting_ratio_upper
from logwidth.theory.differences import difference_ratio_upper
from logwidth.theory.enclosing import enclosing_ratio_upper
from logwidth.theory.linked import linked_ratio_upper
from logwidth.theory.product_nets import product_ratio_upper
from logwidth.theory.sphere import sphere_ratio_upper
from logwidth.theory.star import star_ratio_upper

REASONS = {
    "T3(a) star": star_ratio_upper,
    "T3(b) sphere": sphere_ratio_upper,
    "T3(c) nets": product_ratio_upper,
    "T3(d) pairs": difference_ratio_upper,
    "T3' enclosed": enclosing_ratio_upper,
    "T18 linked": linked_ratio_upper,
}
MEETING = "Fact 2"


def impossible_ratio_upper(
    n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0
) -> tuple[NDArray[np.float64], list[str]]:
    """Return, per width, a ratio from which on no network of that width serves some data set of these sizes, and the reason.

    δ is in ℓ2; the networks are all those whose hidden layers have at most k units, with no connection past the first. Sets
    of fewer than N samples are filled up with further samples far away.

    >>> ratio, reasons = impossible_ratio_upper(60_000, 784, [64, 784])
    >>> ratio.round(4).tolist(), reasons
    ([0.2857, 1.0], ['T3(a) star', 'Fact 2'])
    """
    widths = np.atleast_1d(np.asarray(width, dtype=np.int64))
    bounds = [np.full(widths.shape, float(meeting_ratio_upper(n_features, p)))]
    bounds += [bound(n_samples, n_features, widths, p) for bound in REASONS.values()]
    table = np.stack(bounds)
    best = table.argmin(axis=0)
    names = [MEETING, *REASONS]
    return table.min(axis=0), [names[i] for i in best]
