"""What is wrong with what a run states beyond its balls: lower bounds and radii, each proven again from the data."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.certify.balls.certify import Certification
from logwidth.certify.balls.witness import find_witnesses
from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.lower_bounds.boxes_bound import prove_boxes_bound
from logwidth.certify.lower_bounds.lower_bounds import LowerBound, check_lower_bound, read_lower_bound
from logwidth.certify.lower_bounds.pieces_bound import read_pieces_certificate
from logwidth.certify.lower_bounds.pieces_proof import check_pieces_bound
from logwidth.certify.onnx.chain import StoredNetwork
from logwidth.certify.outcome import Outcome, UnrecognisedNetworkError
from logwidth.certify.runs.certificate import Certificate
from logwidth.certify.runs.fusion import led_by_one
from logwidth.certify.runs.run_files import read_text
from logwidth.dataset import Dataset
from logwidth.errors import AlteredCertificateError
from logwidth.network import FusedNetwork, ReluNetwork

ATTACKED = 32  # samples, of those whose radius is not proven
SAME = 2.0**-20  # what another order of sums may change


def width_problems(path: Path, summary: dict[str, Any], certificate: Certificate, data: Dataset) -> list[str]:
    """Check the lower bound on the width, if the run states one above the trivial 1; d + 1 if its network rejects (T15a)."""
    stated = summary.get("width_lower")
    if not path.exists():
        known = (None, 1) if certificate.rejection is None else (None, 1, data.n_features + 1)
        return [] if stated in known else ["the width_lower of summary.json has no width_certificate.json"]
    try:
        proof = read_lower_bound(read_text(path))
    except AlteredCertificateError as problem:
        return [str(problem)]
    return [*check_lower_bound(proof, data), *width_misfits(proof, summary, certificate)]


def width_misfits(proof: LowerBound, summary: dict[str, Any], certificate: Certificate) -> list[str]:
    """Return where a lower bound on the width does not speak of a run's balls, or proves another width than is stated."""
    problems, stated = [], summary.get("width_lower")
    if not proof.excludes(certificate.radius) or proof.norm != certificate.norm:
        problems.append("width_certificate.json does not speak of the certified radius and norm")
    if stated != proof.width_lower:
        problems.append(f"summary.json states width_lower {stated}, width_certificate.json proves {proof.width_lower}")
    return problems


def boxes_problems(summary: dict[str, Any], certificate: Certificate, data: Dataset) -> list[str]:
    """Prove the lower bound on the number of boxes again, if the run states one."""
    stated = summary.get("boxes_lower")
    if stated is None:
        return []
    if type(stated) is not int:
        return [f"boxes_lower of summary.json is no number: {stated!r}"]
    if certificate.norm != np.inf or not 0 < certificate.radius < np.inf:
        return ["boxes_lower is stated, and the balls are none of l-infinity"]
    proven = prove_boxes_bound(data, certificate.radius).boxes_lower
    return [] if stated <= proven else [f"summary.json states boxes_lower {stated!r}, and {proven} is proven"]


def pieces_problems(
    path: Path, summary: dict[str, Any], certificate: Certificate, stored: StoredNetwork, data: Dataset
) -> list[str]:
    """Check the lower bound on the number of pieces, if the run states one."""
    stated = summary.get("pieces_lower")
    if not path.exists():
        return [] if stated is None else ["the pieces_lower of summary.json has no pieces_certificate.json"]
    try:
        proof = read_pieces_certificate(read_text(path))
    except AlteredCertificateError as problem:
        return [str(problem)]
    bound = (proof.radius, 2.0, proof.network_sha256) == (certificate.radius, certificate.norm, certificate.network_sha256)
    problems = [] if bound else ["pieces_certificate.json does not speak of this network and its l2 balls"]
    try:
        form = recognise(stored.network)
        problems += check_pieces_bound(proof, data, form.first.T)
        if not problems and not led_by_one(form, data, certificate.radius):
            problems.append("pieces_lower is stated, but no single score is shown to lead on every ball of this network")
    except UnrecognisedNetworkError:
        problems.append("pieces_certificate.json speaks of pieces, but the network is none that has them")
    if not problems and stated != proof.pieces_lower:
        problems = [f"summary.json states pieces_lower {stated}, pieces_certificate.json proves {proof.pieces_lower}"]
    return problems


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
