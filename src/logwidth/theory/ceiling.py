"""Fact 2: from some ratio on opposite balls may meet, and no function answers right on both."""

import numpy as np
from numpy.typing import NDArray

from logwidth.theory.containment import c_plus_lower


def meeting_ratio_upper(n_features: int, p: float) -> NDArray[np.float64]:
    """Return an upper bound on `1/c_p^+(d)`, δ in ℓ2: from this ratio on no function memorizes some two samples.

    *Proof.* Two opposite samples at ℓ2 distance δ along `(1, …, 1)` (p > 2) or `e_1` (p ≤ 2) have ℓp distance
    `δ/c_p^+(d)`; at `2σ ≥ δ/c_p^+(d)` their closed balls meet. ∎ (Remark 4.1 of the paper.)

    >>> float(meeting_ratio_upper(64, 2.0)), round(float(meeting_ratio_upper(64, np.inf)), 9)
    (1.0, 0.125)
    """
    lower = c_plus_lower(p, n_features)
    return np.where(lower == 1.0, 1.0, np.nextafter(1.0 / lower, np.inf))
