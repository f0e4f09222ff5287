"""What a run gives its reader, in one sentence: how far each sample may move and keep its label."""

import math

import numpy as np

from logwidth.certify import Certificate, Outcome
from logwidth.display import down
from logwidth.norms import norm_name


def gain(certificate: Certificate) -> str:
    """Return in words how far samples may move and keep their label, as the certificate states it.

    Numbers are rounded down. What is not certified is named, and nothing is said to hold of it.
    """
    n, held = certificate.status.size, certificate.count(Outcome.CERTIFIED)
    if not held:
        return f"No ball of the {n:,} samples is certified: nothing is claimed."
    step = _step(down(certificate.radius), certificate)
    radii = np.sort(certificate.radius_lower[certificate.status == Outcome.CERTIFIED])
    middle = float(radii[held // 2])  # at least half of the radii are not below it
    more = f" Half of them may move by {down(middle)} or more." if middle > certificate.radius and n > 1 else ""
    if held == n:
        return f"Each of the {n:,} samples keeps its label when it moves by up to {step}.{more}"
    kept = f"{held:,} of the {n:,} samples keep their label when they move by up to {step}"
    return f"{kept}; the other {n - held:,} are not certified."


def _step(radius: str, certificate: Certificate) -> str:
    """Return a radius with what it measures: a distance, or a change of every feature."""
    features = "feature" if certificate.feature_scales is None else "scaled feature"
    ways = {
        1.0: f"{radius}, summed over the changes of all {features}s",
        2.0: f"{radius} in any direction" if features == "feature" else f"{radius} in any direction of its {features}s",
        math.inf: f"{radius} in every {features} at once",
    }
    return ways.get(certificate.norm, f"{radius} in the ℓ{norm_name(certificate.norm)} distance of its {features}s")
