"""What a certificate states beyond its balls: larger radii of samples, and the constants of the rounding bound."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.certify.balls.certify import Certification
from logwidth.certify.balls.witness import find_witnesses
from logwidth.certify.outcome import Outcome
from logwidth.certify.runs.certificate import Certificate
from logwidth.dataset import Dataset
from logwidth.network import FusedNetwork, ReluNetwork

ATTACKED = 32  # samples, of those whose radius is not proven
SAME = 2.0**-20  # what another order of sums may change


@dataclass(frozen=True)
class Beyond:
    """`refuted`: what is false, with a witness. `unproven`: what is neither proven nor refuted.

    `excess` is by how much of itself a stored radius exceeds what is proven, at most.
    """

    refuted: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    excess: float = 0.0


def beyond_balls(
    certificate: Certificate, found: Certification, network: ReluNetwork | FusedNetwork, data: Dataset
) -> Beyond:
    """Compare what a certificate states beyond its balls with what is `found` of the same network and data.

    A stored radius is what some proof found; one with other bounds may find a little less, which refutes nothing. Where
    another label is met within it, it is false.
    """
    constants = () if found.reason or _agree(certificate.constants, found.constants) else (
        "the constants of the rounding bound in the certificate are not those found",
    )  # fmt: skip
    rows = np.flatnonzero((certificate.radius_lower > found.radius_lower) & (found.status == Outcome.CERTIFIED))
    if not rows.size:
        return Beyond((), constants)
    stored, proven = certificate.radius_lower[rows], found.radius_lower[rows]
    excess = float((1 - proven / stored).max())
    for k in np.argsort(proven / stored, kind="stable")[:ATTACKED].tolist():
        i, radius = int(rows[k]), float(stored[k])
        if find_witnesses(network, data, [i], (radius, certificate.norm), certificate.rule):
            false = f"the stored radius of sample {i}, {radius!r}, is false: another label lies within it"
            return Beyond((false,), constants, excess)
    larger = f"the stored radii of {rows.size} samples are larger than what is proven here, by {excess:.2g} of them at most"
    return Beyond((), (*constants, larger), excess)


def _agree(stated: dict[str, Any], found: dict[str, float]) -> bool:
    """Return whether two sets of constants are the same but for the order of sums."""
    same = stated.keys() == found.keys() and all(type(value) is float for value in stated.values())
    return same and all(math.isclose(stated[name], value, rel_tol=SAME) for name, value in found.items())
